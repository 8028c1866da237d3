/// What the first bytes of every chunk's data say.
enum ChunkHeader {
  /// The number of samples, 0…65 535.
  /// - Parameter headerSize: bytes before the bit stream, all of which must be there.
  static func sampleCount(_ data: RawSpan, headerSize: Int) throws(Fault) -> UInt16 {
    guard data.byteCount >= headerSize else {
      throw Fault(.truncated, at: data.byteCount, expected: "the header of a chunk")
    }
    return unsafe UInt16(bigEndian: data.unsafeLoadUnaligned(fromUncheckedByteOffset: 0, as: UInt16.self))
  }

  /// The byte at `offset`, which the caller knows to be there.
  static func byte(_ data: RawSpan, at offset: Int) -> UInt8 {
    unsafe data.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }
}
