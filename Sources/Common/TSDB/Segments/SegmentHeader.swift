/// The eight bytes at the start of a segment file: magic number, version, three zeros.
enum SegmentHeader {
  static let size = 8
  private static let magic: UInt32 = 0x85BD_40DD

  /// - Parameter bytes: the file from its start, as far as it goes.
  static func check(_ bytes: RawSpan) throws(Fault) {
    guard bytes.byteCount >= size else {
      throw Fault(.truncated, at: bytes.byteCount, expected: "the header of a chunk segment, 8 bytes")
    }
    var reader = ByteReader(bytes)
    let magic = try reader.uint32()
    guard magic == self.magic else {
      throw Fault(.badMagic, at: 0, expected: "0x85BD40DD, which begins a chunk segment", found: UInt64(magic))
    }
    let version = try reader.uint8()
    guard version == 1 else {
      throw Fault(.unsupportedVersion, at: 4, expected: "version 1 of chunk segments", found: UInt64(version))
    }
  }

  /// Where something else than a zero stands behind the version, `nil` for nowhere. No reader minds.
  /// - Parameter bytes: the whole header.
  static func strangeByte(_ bytes: RawSpan) -> UInt64? {
    guard bytes.byteCount >= size else { return nil }
    return bytes.firstNonZero(in: 5..<size).map { UInt64($0) }
  }
}
