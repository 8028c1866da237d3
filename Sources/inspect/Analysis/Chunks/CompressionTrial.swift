public import Archive
import BlockBytes
import Platform

/// How much smaller index and chunks become when they are compressed, measured on bytes out of them: up to 16 windows
/// of a MiB, evenly over each, every one compressed by itself as compressing file systems and seekable archives do.
public enum CompressionTrial {
  public struct Result: Equatable, Sendable {
    /// `index` or `chunks`.
    public let part: String
    public let method: CompressionMethod
    /// Of the part.
    public let bytes: UInt64
    /// How many of them were compressed, and what became of these.
    public let measured: UInt64
    public let compressed: UInt64

    /// Of what was measured, 0…1 and rarely a little more.
    public var ratio: Double { measured == 0 ? 1 : Double(compressed) / Double(measured) }
  }

  private static let window: UInt64 = 1 << 20
  private static let windows: UInt64 = 16
  static let methods: [CompressionMethod] = [.gzip(level: 6), .zstd(level: 3), .zstd(level: 19)]

  /// - Throws: `FileError`, `BucketError`, `CompressionMethod.Failure`.
  static func run(_ block: InspectedBlock) async throws -> [Result] {
    let index = try await run("index", [block.index], block)
    return index + (try await run("chunks", block.segments, block))
  }

  private static func run(_ part: String, _ files: [DataFile], _ block: InspectedBlock) async throws -> [Result] {
    var sums = [(measured: UInt64, compressed: UInt64)](repeating: (0, 0), count: methods.count)
    let total = files.reduce(0) { $0 &+ $1.size }
    for start in starts(total) {
      var (bytes, place) = ([UInt8](), start)
      // A window may begin in one segment and end in the next.
      var base: UInt64 = 0
      for file in files {
        let end = min(base &+ file.size, start &+ window)
        if place >= base, place < end {
          bytes += try await block.data.read(file, (place &- base)..<(end &- base))
          place = end
        }
        base &+= file.size
      }
      try Task.checkCancellation()
      let sizes = try await compress(bytes)
      for number in methods.indices {
        sums[number].measured &+= UInt64(bytes.count)
        sums[number].compressed &+= UInt64(sizes[number])
      }
    }
    return zip(methods, sums).map { method, sum in
      Result(part: part, method: method, bytes: total, measured: sum.measured, compressed: sum.compressed)
    }
  }

  /// The same bytes in every way, side by side.
  private static func compress(_ bytes: [UInt8]) async throws -> [Int] {
    try await withThrowingTaskGroup(of: (Int, Int).self) { group in
      for (number, method) in methods.enumerated() {
        group.addTask { (number, try await BlockingPool.shared.run { try method.size(of: bytes) }) }
      }
      var sizes = [Int](repeating: 0, count: methods.count)
      for try await (number, size) in group { sizes[number] = size }
      return sizes
    }
  }

  /// Where the windows begin: one behind the other where all fit in, else with equal gaps.
  static func starts(_ total: UInt64) -> [UInt64] {
    if total <= window * windows { return Array(stride(from: 0, to: total, by: Int(window))) }
    return (0..<windows).map { number in
      UInt64(Double(total - window) / Double(windows - 1) * Double(number))
    }
  }
}
