extension XORDecoder {
  /// Decodes a chunk to its end without keeping its samples.
  /// - Throws: as `decode`.
  static func summary(of data: RawSpan) throws(Fault) -> ChunkSummary {
    var header = ByteReader(data)
    let count = Int(try header.uint16())
    if count == 0 { return ChunkSummary() }
    var walk = try XORWalk(data, samples: count)
    try walk.finish(data, left: max(0, count &- 2))
    return ChunkSummary(samples: count, first: walk.first, last: walk.time, isStrictlyRising: !walk.isFalling)
  }
}

extension ChunkSummary {
  /// Of a chunk of floats.
  init(samples: Int, first: Int64, last: Int64, isStrictlyRising: Bool) {
    self.samples = samples
    (firstTimestamp, lastTimestamp) = (first, last)
    self.isStrictlyRising = isStrictlyRising
  }
}
