import BlockBytes
import Platform
import TSDB

/// The bytes of some chunks of a block, read so that neighbours come in one request.
///
/// - Memory: the chunks, and the gaps of up to 32 KiB between them that are read along.
struct ChunkWindows: Sendable {
  /// Chunks that are asked for at once at most, so that what is held stays below some 16 MiB for chunks as Prometheus
  /// writes them.
  static let chunksAtOnce = 256
  private static let gap: UInt64 = 32 << 10
  private static let longest: UInt64 = 4 << 20
  /// What a chunk takes up as a rule; of a longer one the rest is read when its length is known.
  private static let usual: UInt64 = 2 << 10
  /// Magic number, version and padding of a segment.
  private static let headSize: UInt64 = 8
  private static let requestsAtOnce = 8

  private struct Window: Sendable {
    let segment: Int
    var range: Range<UInt64>
    var references: [UInt64]
    var bytes: [UInt8] = []
  }

  /// Sorted by segment and offset.
  private var windows: [Window]
  private let segments: [DataFile]

  /// Reads chunks.
  /// - Throws: `TSDBError` for a reference to nowhere or a length that no chunk has, `FileError`, `BucketError`.
  init(_ references: some Sequence<UInt64>, of block: InspectedBlock) async throws {
    segments = block.segments
    var planned: [Window] = []
    for reference in references.sorted() {
      let (segment, offset) = (Int(reference >> 32), reference & 0xffff_ffff)
      let size = try Self.size(of: segment, offset, block)
      let range = offset..<min(size, offset + Self.usual)
      if let last = planned.last, last.segment == segment, offset <= last.range.upperBound + Self.gap,
        range.upperBound - last.range.lowerBound <= Self.longest
      {
        planned[planned.count - 1].range = last.range.lowerBound..<max(last.range.upperBound, range.upperBound)
        planned[planned.count - 1].references.append(reference)
      } else {
        planned.append(Window(segment: segment, range: range, references: [reference]))
      }
    }
    windows = try await Self.read(planned, of: block)
  }

  private static func size(of segment: Int, _ offset: UInt64, _ block: InspectedBlock) throws -> UInt64 {
    guard segment < block.segments.count else {
      throw TSDBError(
        code: .outOfRange, file: block.index.name, offset: 0,
        expected: "a reference into one of \(block.segments.count) segments", found: "segment \(segment) from 0")
    }
    let file = block.segments[segment]
    guard offset >= headSize, offset < file.size else {
      throw TSDBError(
        code: .outOfRange, file: file.name, offset: offset,
        expected: "a reference to an offset of \(headSize) to \(file.size)", found: "\(offset)")
    }
    return file.size
  }

  private static func read(_ planned: [Window], of block: InspectedBlock) async throws -> [Window] {
    try await withThrowingTaskGroup(of: (Int, Window).self) { group in
      var read = planned
      var next = 0
      while next < min(planned.count, requestsAtOnce) {
        group.addTask { [next] in (next, try await Self.read(planned[next], of: block)) }
        next += 1
      }
      while let (place, window) = try await group.next() {
        read[place] = window
        guard next < planned.count else { continue }
        group.addTask { [next] in (next, try await Self.read(planned[next], of: block)) }
        next += 1
      }
      return read
    }
  }

  /// Reads a window, and what its chunks have beyond its end.
  private static func read(_ planned: Window, of block: InspectedBlock) async throws -> Window {
    var window = planned
    let file = block.segments[window.segment]
    window.bytes = try await block.data.read(file, window.range)
    var end = window.range.lowerBound + UInt64(window.bytes.count)
    for reference in window.references {
      let place = Int((reference & 0xffff_ffff) - window.range.lowerBound)
      guard place < window.bytes.count, let size = try size(in: window.bytes, at: place, file, window.range.lowerBound)
      else { continue }
      let needed = min(file.size, window.range.lowerBound + UInt64(place) + UInt64(size))
      guard needed > end else { continue }
      window.bytes += try await block.data.read(file, end..<needed)
      end = window.range.lowerBound + UInt64(window.bytes.count)
    }
    window.range = window.range.lowerBound..<end
    return window
  }

  private static func size(in bytes: [UInt8], at place: Int, _ file: DataFile, _ base: UInt64) throws -> Int? {
    do throws(Fault) {
      return try SegmentChunk.size(in: bytes.rawBytes, at: place)
    } catch {
      throw TSDBError(error, in: file.name, base: base)
    }
  }

  /// Hands over a chunk that was asked for, its checksum compared.
  /// - Throws: `TSDBError` for one that is damaged; a `Fault` of `body` with its place in the file.
  func withChunk(at reference: UInt64, _ body: (borrowing SegmentChunk) throws(Fault) -> Void) throws(TSDBError) {
    let (segment, offset) = (Int(reference >> 32), reference & 0xffff_ffff)
    var (low, high) = (0, windows.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      let isBehind = (windows[middle].segment, windows[middle].range.lowerBound) > (segment, offset)
      if isBehind { high = middle } else { low = middle }
    }
    guard low < windows.count, windows[low].segment == segment, windows[low].range.contains(offset) else {
      let name = segment < segments.count ? segments[segment].name : "segment \(segment)"
      throw TSDBError(code: .truncated, file: name, offset: offset, expected: "a whole chunk before the end of the file")
    }
    let base = windows[low].range.lowerBound
    let name = segments[segment].name
    let held = windows[low].bytes
    var origin = base
    var mismatch: TSDBError?
    do throws(Fault) {
      let chunk = try SegmentChunk(in: held.rawBytes, at: Int(offset - base), offset: offset)
      origin = chunk.dataOffset
      if chunk.isIntact { try body(chunk) } else { mismatch = chunk.checksumError(in: name) }
    } catch {
      throw TSDBError(error, in: name, base: origin)
    }
    if let mismatch { throw mismatch }
  }
}
