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

  @Test("samples by kind add up to meta.json's statistics", arguments: Fixtures.blocks)
  func statistics(_ name: String) throws {
    let block = try FixtureBlock(name)
    var samples = 0
    var histograms = 0
    try block.forEachChunk { _, _, summary in
      samples += summary.samples
      histograms += summary.histogramSamples
    }
    #expect(try samples == block.statistic("numSamples"))
    // Thanos' downsampling leaves the raw block's numbers by kind as they were, index-v1 and XOR2 have none.
    let floats = try block.statistic("numFloatSamples")
    if floats + (try block.statistic("numHistogramSamples")) == samples {
      #expect(samples - histograms == floats)
      #expect(try histograms == block.statistic("numHistogramSamples"))
    }
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

  @Test("the kinds of chunks are those that their writers were asked for")
  func encodings() throws {
    var encodings: [String: [ChunkEncoding: Int]] = [:]
    for name in Fixtures.blocks {
      let block = try FixtureBlock(name)
      try block.forEachChunk { _, encoding, _ in encodings[name, default: [:]][encoding, default: 0] += 1 }
    }
    #expect(encodings.values.map(\.count).reduce(0, +) > 0)
    print(encodings)
  }
}
