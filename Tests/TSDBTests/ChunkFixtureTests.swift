import Fixtures
import Platform
import TSDB
import Testing

@Suite("Chunks of the fixtures")
struct ChunkFixtureTests {
  @Test("the checksum of every chunk is right, and there are as many as meta.json says", arguments: Fixtures.blocks)
  func checksums(_ name: String) throws {
    let block = try FixtureBlock(name)
    var chunks = 0
    for file in block.segments.files {
      for chunk in try ScannedChunk.scan(file.readAll(limit: 1 << 30)) {
        #expect(chunk.isIntact, "chunk at \(chunk.offset)")
        chunks += 1
      }
    }
    #expect(try chunks == block.statistic("numChunks"))
  }

  @Test("samples add up to meta.json's statistics", arguments: Fixtures.blocks)
  func statistics(_ name: String) throws {
    let block = try FixtureBlock(name)
    var samples = 0
    try block.forEachChunk { _, _, summary in samples += summary.samples }
    #expect(try samples == block.statistic("numSamples"))
  }

  /// The others' meta.json has no numbers by kind, or, as Thanos' downsampling leaves them, those of the raw block.
  static let blocksByKind = [
    "raw-float-and-histogram/01M81B088QDAD3JHFN4993ETCA", "downsampled/01M81B08HN0JE90AJ4DW4J7HDV",
  ]

  @Test("floats and histograms add up to meta.json's statistics by kind", arguments: blocksByKind)
  func statisticsByKind(_ name: String) throws {
    let block = try FixtureBlock(name)
    var floats = 0
    var histograms = 0
    try block.forEachChunk { _, _, summary in
      floats += summary.floatSamples
      histograms += summary.histogramSamples
    }
    #expect(try floats == block.statistic("numFloatSamples"))
    #expect(try histograms == block.statistic("numHistogramSamples"))
  }

  @Test("first and last sample lie where the index says, and time rises in between", arguments: Fixtures.blocks)
  func times(_ name: String) throws {
    let block = try FixtureBlock(name)
    try block.forEachChunk { meta, encoding, summary in
      #expect(summary.firstTimestamp == meta.minTime, "\(encoding) \(meta)")
      #expect(summary.lastTimestamp == meta.maxTime, "\(encoding) \(meta)")
      #expect(summary.isStrictlyRising, "\(encoding) \(meta)")
    }
  }

  @Test("the fixtures have chunks of every kind that Prometheus 3.12 and Thanos write")
  func encodings() throws {
    var encodings: [ChunkEncoding: Int] = [:]
    for name in Fixtures.blocks {
      try FixtureBlock(name).forEachChunk { _, encoding, _ in encodings[encoding, default: 0] += 1 }
    }
    let expected: [ChunkEncoding: Int] = [
      .xor: 137 + 2499 + 102, .histogram: 7 + 158, .floatHistogram: 51 + 1080, .xor2: 120, .aggregate: 500 + 80,
    ]
    #expect(encodings == expected)
  }

  @Test("aggregates: five of floats, three of histograms, the counter at most two samples longer than the count")
  func aggregates() throws {
    let block = try FixtureBlock("downsampled/01M81B0KSSX5FCZ5868AE5R719")
    var decoder = ChunkDecoder()
    var kinds: Set<[ChunkEncoding?]> = []
    for chunk in try ScannedChunk.scan(block.segments.files[0].readAll(limit: 1 << 30)) {
      let aggregates = try AggregateChunk(chunk.data.rawBytes)
      kinds.insert(Aggregate.allCases.map { aggregates.encoding(of: $0) })
      let count = try decoder.summary(of: .xor, aggregates.data(of: .count))
      for aggregate in Aggregate.allCases {
        guard let encoding = aggregates.encoding(of: aggregate) else { continue }
        let summary = try decoder.summary(of: encoding, aggregates.data(of: aggregate))
        let extra = summary.samples - count.samples
        #expect(aggregate == .counter ? (0...2).contains(extra) : extra == 0, "\(aggregate) at \(chunk.offset)")
        #expect(aggregate == .counter || summary.isStrictlyRising)
      }
    }
    #expect(
      kinds == [
        [.xor, .xor, .xor, .xor, .xor], [.xor, .floatHistogram, nil, nil, .floatHistogram],
      ])
  }
}
