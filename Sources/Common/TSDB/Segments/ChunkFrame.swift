internal import Platform

/// The frame of a chunk in a segment file (Prometheus' `tsdb/chunks/chunks.go`).
///
/// ```
/// file    ┌─────────────────────┬───────────┬───────────────┬───────┬───────┬───┐
///         │ 0x85BD40DD BE32     │ version 1 │ three zeros   │ chunk │ chunk │ … │
///         └─────────────────────┴───────────┴───────────────┴───────┴───────┴───┘
/// chunk   ┌────────────────┬──────────┬──────┬────────────┐
///         │ uvarint length │ encoding │ data │ CRC32 BE32 │    length counts the data,
///         └────────────────┴──────────┴──────┴────────────┘    the CRC covers encoding and data
/// ```
struct ChunkFrame {
  /// The longest data of a chunk that this program takes into memory, in bytes. Prometheus' chunks have some hundred
  /// bytes, those of wide histograms some ten thousand.
  static let maximumLength = 64 << 20
  /// Chunks with more data than this, in bytes, are not kept in memory while they pass by, see `LongChunk`.
  static let longestKept = 1 << 20
  /// Bytes that the length of a chunk takes at most.
  static let maximumLengthSize = 5
  static let checksumSize = 4

  /// Bytes that the length itself takes, 1…5.
  let lengthSize: Int
  /// Bytes of data, 1…`maximumLength`.
  let dataLength: Int

  /// Whether its data is too long to be kept.
  var isLong: Bool { dataLength > Self.longestKept }

  /// Bytes from the length to the checksum.
  var size: Int { lengthSize &+ 1 &+ dataLength &+ Self.checksumSize }

  /// Reads the length at `offset` of `bytes`, which may end anywhere.
  /// - Returns: `nil` if the bytes end inside the length.
  /// - Throws: `Fault` if no chunk can have this length: where the next one begins is unknown then.
  @inline(__always)
  static func read(_ bytes: RawSpan, at offset: Int) throws(Fault) -> ChunkFrame? {
    var value: UInt64 = 0
    var size = 0
    while offset &+ size < bytes.byteCount {
      let byte = unsafe UInt64(bytes.unsafeLoad(fromUncheckedByteOffset: offset &+ size, as: UInt8.self))
      value |= (byte & 0x7f) &<< UInt64(truncatingIfNeeded: size &* 7)
      size &+= 1
      if byte < 0x80 {
        guard value > 0, value <= UInt64(maximumLength) else { throw impossible(value, at: offset) }
        return ChunkFrame(lengthSize: size, dataLength: Int(truncatingIfNeeded: value))
      }
      if size == maximumLengthSize { throw impossible(nil, at: offset) }
    }
    return nil
  }

  /// The chunk in this frame.
  /// - Parameters:
  ///   - start: where its length lies in `bytes`, which hold the frame to its end.
  ///   - offset: where its length lies in the file.
  @inline(__always)
  @_lifetime(copy bytes)
  func chunk(in bytes: RawSpan, at start: Int, offset: UInt64) -> SegmentChunk {
    let encoding = start &+ lengthSize
    let checked = bytes.extracting(encoding..<encoding &+ 1 &+ dataLength)
    let end = encoding &+ 1 &+ dataLength
    return unsafe SegmentChunk(
      offset: offset,
      dataOffset: offset &+ UInt64(truncatingIfNeeded: lengthSize &+ 1),
      length: dataLength,
      encoding: ChunkEncoding(rawValue: checked.unsafeLoad(fromUncheckedByteOffset: 0, as: UInt8.self)),
      data: checked.extracting(1..<checked.byteCount),
      storedChecksum: UInt32(bigEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: end, as: UInt32.self)),
      checksum: CRC32C.checksum(checked))
  }

  private static func impossible(_ length: UInt64?, at offset: Int) -> Fault {
    guard let length else { return Fault(.malformed, at: offset, expected: "a chunk's length in at most 5 bytes") }
    if length == 0 { return Fault(.malformed, at: offset, expected: "a chunk with data", found: 0) }
    return Fault(.tooLarge, at: offset, expected: "a chunk of at most 67108864 bytes", found: length)
  }
}
