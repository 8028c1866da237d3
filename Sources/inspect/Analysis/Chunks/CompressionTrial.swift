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
  /// Windows that are compressed at a time: zstd takes some 20 MB for each at its highest level.
  private static let width = 2
  static let methods: [CompressionMethod] = [.gzip(level: 6), .zstd(level: 3), .zstd(level: 19)]

  /// - Throws: `FileError`, `BucketError`, `CompressionMethod.Failure`.
  static func run(_ block: InspectedBlock) async throws -> [Result] {
    let index = try await run("index", [block.index], block)
    return index + (try await run("chunks", block.segments, block))
  }

  private static func run(_ part: String, _ files: [DataFile], _ block: InspectedBlock) async throws -> [Result] {
    let total = files.reduce(0) { $0 &+ $1.size }
    var (measured, compressed) = (UInt64(0), [UInt64](repeating: 0, count: methods.count))
    try await withThrowingTaskGroup(of: (bytes: Int, sizes: [Int]).self) { group in
      func take(_ window: (bytes: Int, sizes: [Int])) {
        measured &+= UInt64(window.bytes)
        for (number, size) in window.sizes.enumerated() { compressed[number] &+= UInt64(size) }
      }
      for (number, start) in starts(total).enumerated() {
        if number >= width, let window = try await group.next() { take(window) }
        group.addTask {
          let bytes = try await read(start, files, block)
          return try await BlockingPool.shared.run { (bytes.count, try methods.map { try $0.size(of: bytes) }) }
        }
      }
      for try await window in group { take(window) }
    }
    return zip(methods, compressed).map { method, compressed in
      Result(part: part, method: method, bytes: total, measured: measured, compressed: compressed)
    }
  }

  /// A window of the files one behind the other: it may begin in one segment and end in the next.
  private static func read(_ start: UInt64, _ files: [DataFile], _ block: InspectedBlock) async throws -> [UInt8] {
    var (bytes, place, base) = ([UInt8](), start, UInt64(0))
    for file in files {
      let end = min(base &+ file.size, start &+ window)
      if place >= base, place < end {
        bytes += try await block.data.read(file, (place &- base)..<(end &- base))
        place = end
      }
      base &+= file.size
    }
    return bytes
  }

  /// Where the windows begin: one behind the other where all fit in, else with equal gaps.
  static func starts(_ total: UInt64) -> [UInt64] {
    if total <= window * windows { return Array(stride(from: 0, to: total, by: Int(window))) }
    return (0..<windows).map { number in
      UInt64(Double(total - window) / Double(windows - 1) * Double(number))
    }
  }
}
