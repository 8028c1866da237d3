extension ChunkDecoder {
  /// How many samples a chunk says it has, from its first bytes alone.
  /// - Returns: as `ChunkSummary.samples` counts them.
  /// - Throws: `Fault` where these bytes are missing; `.unknownEncoding` for one that this program does not know.
  public static func sampleCount(of encoding: ChunkEncoding, _ data: RawSpan) throws(Fault) -> Int {
    switch encoding {
    case .xor, .xor2:
      var reader = ByteReader(data)
      return Int(try reader.uint16())
    case .histogram, .floatHistogram: return try HistogramHeader(data, hasStartTimestamps: false).count
    case .histogramST, .floatHistogramST: return try HistogramHeader(data, hasStartTimestamps: true).count
    case .aggregate:
      let chunk = try AggregateChunk(data)
      guard let encoding = chunk.encoding(of: .count) else { return 0 }
      let offset = chunk.offset(of: .count)
      guard encoding != .aggregate else {
        throw Fault(.malformed, at: offset - 1, expected: "no aggregates inside an aggregate")
      }
      do throws(Fault) {
        return try sampleCount(of: encoding, chunk.data(of: .count))
      } catch {
        throw Fault(error.code, at: offset + error.offset, expected: error.expected, found: error.found)
      }
    default: throw unknown(encoding)
    }
  }
}
