/// A chunk as it lies in a segment file, over the bytes of whoever read them.
public struct SegmentChunk: ~Escapable {
  /// Where the chunk begins, with the byte of its length: bytes from the start of the file, the lower half of its
  /// reference.
  public let offset: UInt64
  /// Where `data` begins: what to add to the offset of a decoder's fault.
  public let dataOffset: UInt64
  /// Bytes of data.
  public let length: Int
  public let encoding: ChunkEncoding
  /// What the decoders take. Empty where there was more of it than is kept, see `hasData`.
  public let data: RawSpan
  public let storedChecksum: UInt32
  /// The CRC-32C of the encoding and the data.
  public let checksum: UInt32

  @_lifetime(copy data)
  init(
    offset: UInt64, dataOffset: UInt64, length: Int, encoding: ChunkEncoding, data: RawSpan, storedChecksum: UInt32,
    checksum: UInt32
  ) {
    self.offset = offset
    self.dataOffset = dataOffset
    self.length = length
    self.encoding = encoding
    self.data = data
    self.storedChecksum = storedChecksum
    self.checksum = checksum
  }

  /// Whether the data is here. That of a chunk of more than 1 MiB which crossed the end of a window is not.
  public var hasData: Bool { data.byteCount == length }

  /// Where the next chunk begins.
  public var end: UInt64 { dataOffset &+ UInt64(truncatingIfNeeded: length &+ ChunkFrame.checksumSize) }

  /// Whether the bytes are those that were written.
  public var isIntact: Bool { storedChecksum == checksum }

  /// The mismatch of a chunk that is not intact.
  public func checksumError(in file: String) -> TSDBError {
    TSDBError(
      code: .checksumMismatch, file: file, offset: offset,
      expected: "a chunk with the checksum \(Self.hex(storedChecksum))", found: Self.hex(checksum))
  }

  private static func hex(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return "0x" + String(repeating: "0", count: 8 - digits.utf8.count) + digits
  }
}
