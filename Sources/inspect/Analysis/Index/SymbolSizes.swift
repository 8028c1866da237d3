import TSDB

/// How many bytes each symbol of an index takes up, and a number for it that counts from 0 also in version 1, where
/// references are offsets.
///
/// - Memory: 4 bytes a symbol, in version 1 8.
struct SymbolSizes: Sendable {
  /// Bytes of the string and of the length before it, by number.
  private(set) var sizes: [UInt32] = []
  /// Version 1: the reference of each.
  private var references: [UInt32] = []
  /// Bytes of all together.
  private(set) var total: UInt64 = 0
  private(set) var longest = 0

  /// - Throws: `TSDBError` for a damaged symbol table.
  init(_ symbols: SymbolTable) throws {
    sizes.reserveCapacity(symbols.count)
    try symbols.forEach { reference, symbol in
      if Int(reference) != sizes.count || !references.isEmpty {
        // The first symbol of version 1 lies behind the header, so that its reference is never 0.
        references.append(reference)
      }
      let size = symbol.byteCount &+ Varint.size(UInt64(symbol.byteCount))
      sizes.append(UInt32(clamping: size))
      total &+= UInt64(size)
      longest = max(longest, symbol.byteCount)
    }
  }

  var count: Int { sizes.count }

  /// The reference of a symbol.
  /// - Parameter number: `0..<count`.
  func reference(of number: Int) -> UInt32 { references.isEmpty ? UInt32(truncatingIfNeeded: number) : references[number] }

  /// The number of a symbol.
  func number(of reference: UInt32) -> Int? {
    if references.isEmpty { return Int(reference) < sizes.count ? Int(reference) : nil }
    var (low, high) = (0, references.count)
    while low < high {
      let middle = (low + high) / 2
      if references[middle] < reference { low = middle + 1 } else { high = middle }
    }
    return low < references.count && references[low] == reference ? low : nil
  }

  /// Bytes of the string alone.
  func length(of reference: UInt32) -> UInt64 {
    guard let number = number(of: reference) else { return 0 }
    let size = UInt64(sizes[number])
    // The length stands in front as a varint.
    for prefix in 1...5 where Varint.size(size &- UInt64(prefix)) == prefix { return size &- UInt64(prefix) }
    return size
  }
}

/// Sizes of varints as the formats write them.
enum Varint {
  /// Bytes of an unsigned one.
  static func size(_ value: UInt64) -> Int { max(1, (64 &- value.leadingZeroBitCount &+ 6) / 7) }
}
