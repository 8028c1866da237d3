extension SegmentChunk {
  /// How many bytes the chunk takes up that begins at `place` of bytes out of a segment, from its length to its
  /// checksum; `nil` where the bytes end inside its length.
  /// - Throws: `Fault` for a length that no chunk can have.
  public static func size(in bytes: RawSpan, at place: Int) throws(Fault) -> Int? {
    try ChunkFrame.read(bytes, at: place)?.size
  }

  /// Reads the chunk that begins at `place` of bytes out of a segment.
  /// - Parameter offset: of that place, in bytes from the start of the segment.
  /// - Throws: `Fault`, with an offset from the start of `bytes`.
  @_lifetime(copy bytes)
  public init(in bytes: RawSpan, at place: Int, offset: UInt64) throws(Fault) {
    guard let frame = try ChunkFrame.read(bytes, at: place), frame.size <= bytes.byteCount &- place else {
      throw Fault(.truncated, at: place, expected: "a whole chunk before the end of the file")
    }
    self = frame.chunk(in: bytes, at: place, offset: offset)
  }
}
