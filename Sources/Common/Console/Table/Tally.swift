import Quantities

/// How many blocks there are of each kind, with their sizes, in the order in which the kinds first came up.
public struct Tally {
  private var order: [String] = []
  private var sums: [String: (count: Int, bytes: UInt64)] = [:]

  public init() {}

  /// Counts a block.
  /// - Parameter bytes: its size; 0 where it does not matter.
  public mutating func add(_ kind: String, bytes: UInt64) {
    if sums[kind] == nil { order.append(kind) }
    let sum = sums[kind] ?? (0, 0)
    sums[kind] = (sum.count + 1, sum.bytes &+ bytes)
  }

  /// `3 upload (1.20 GiB)` for each kind; without the size where that is nothing.
  public var parts: [String] {
    order.map { kind in
      let sum = sums[kind] ?? (0, 0)
      return "\(sum.count) \(kind)" + (sum.bytes > 0 ? " (\(ByteSize.text(sum.bytes)))" : "")
    }
  }
}
