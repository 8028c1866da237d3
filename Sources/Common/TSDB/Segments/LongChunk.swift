internal import Platform

/// A chunk that is too long to be kept in memory while it passes by: only its CRC-32C is computed.
///
/// Known writers make chunks of some ten thousand bytes at most. A damaged length may claim any, in every segment
/// that is read at a time.
public struct LongChunk: Sendable {
  /// Where it begins, with the byte of its length: bytes from the start of the file.
  public let offset: UInt64
  private let frame: ChunkFrame
  private(set) var passedBytes = 0
  private var encoding: UInt8 = 0
  private var checksum: UInt32 = 0
  private var stored: UInt32 = 0

  init(_ frame: ChunkFrame, at offset: UInt64) { (self.frame, self.offset) = (frame, offset) }

  /// Bytes from the length to the checksum.
  public var size: Int { frame.size }
  /// Whether the bytes are those that were written, once all have passed by.
  public var isIntact: Bool { isWhole && stored == checksum }
  var isWhole: Bool { passedBytes == frame.size }

  /// Takes those of the next bytes of the file that are its own.
  /// - Returns: how many.
  mutating func take(_ bytes: RawSpan) -> Int {
    let count = min(bytes.byteCount, frame.size &- passedBytes)
    let body = frame.lengthSize..<(frame.size &- ChunkFrame.checksumSize)
    // As places in the chunk count.
    let start = min(max(body.lowerBound, passedBytes), passedBytes &+ count)
    let end = max(start, min(body.upperBound, passedBytes &+ count))
    let checked = bytes.extracting((start &- passedBytes)..<(end &- passedBytes))
    if start == body.lowerBound, checked.byteCount > 0 {
      encoding = unsafe checked.unsafeLoad(fromUncheckedByteOffset: 0, as: UInt8.self)
    }
    checksum = CRC32C.checksum(checked, after: checksum)
    for place in (end &- passedBytes)..<count where passedBytes &+ place >= body.upperBound {
      stored = unsafe stored << 8 | UInt32(bytes.unsafeLoad(fromUncheckedByteOffset: place, as: UInt8.self))
    }
    passedBytes &+= count
    return count
  }

  /// What is known of it when it is whole. Its data is not.
  /// - Parameter bytes: any.
  @_lifetime(copy bytes)
  func chunk(_ bytes: RawSpan) -> SegmentChunk {
    SegmentChunk(
      offset: offset, dataOffset: offset &+ UInt64(frame.lengthSize &+ 1), length: frame.dataLength,
      encoding: ChunkEncoding(rawValue: encoding), data: bytes.extracting(0..<0), storedChecksum: stored,
      checksum: checksum)
  }
}
