extension XORDecoder {
  /// Decodes a chunk to its end without keeping its samples: nobody asks what their values are, so that the bits in
  /// which they are stored are only passed over.
  /// - Throws: as `decode`.
  static func summary(of data: RawSpan) throws(Fault) -> ChunkSummary {
    var header = ByteReader(data)
    let count = Int(try header.uint16())
    if count == 0 { return ChunkSummary() }
    // A variable of this function and handed to nothing that is not inlined, so that it stays in registers.
    var reader = BitReader(data, from: 2)
    var time = try reader.readVarint()
    _ = reader.read(64)
    try reader.checkEnd()
    let first = time
    var isFalling = false
    if count > 1 {
      var delta = Int64(bitPattern: try reader.readUvarint())
      time &+= delta
      isFalling = time <= first
      var value = XORWindow()
      reader.refill()
      try value.next(&reader)
      try reader.checkEnd()
      for _ in 2..<max(2, count) {
        reader.refill()
        delta &+= takeDeltaOfDelta(&reader)
        let next = time &+ delta
        // No early exit: almost every chunk is sound.
        isFalling = (next <= time) || isFalling
        time = next
        try value.next(&reader)
        try reader.checkEnd()
      }
    }
    return ChunkSummary(samples: count, first: first, last: time, isStrictlyRising: !isFalling)
  }
}

extension ChunkSummary {
  /// Of a chunk of floats.
  fileprivate init(samples: Int, first: Int64, last: Int64, isStrictlyRising: Bool) {
    self.samples = samples
    (firstTimestamp, lastTimestamp) = (first, last)
    self.isStrictlyRising = isStrictlyRising
  }
}
