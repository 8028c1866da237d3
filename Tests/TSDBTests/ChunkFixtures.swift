import Fixtures
import OrderedJSON
import Platform
import TSDB

/// A block among the fixtures, its series and their samples.
struct FixtureBlock {
  let folder: String
  let index: Index
  let segments: ChunkSegments
  private let symbols: SymbolTable

  init(_ name: String) throws {
    folder = Fixtures.root + "/" + name
    index = try Index(FileBytes(mapping: folder + "/index"))
    symbols = try index.symbols()
    segments = try ChunkSegments(folder: folder + "/chunks")
  }

  /// A number of `stats` in meta.json, 0 if it is not there.
  func statistic(_ key: String) throws -> Int {
    let meta = try JSONValue(parsing: OpenFile(folder + "/meta.json").readAll(limit: 1 << 20))
    guard case .object(let members) = meta, case .object(let stats)? = members["stats"] else { return 0 }
    guard case .number(let digits)? = stats[key] else { return 0 }
    return Int(digits) ?? 0
  }

  /// Hands over the labels of each series, as promtool writes them, with all samples of its chunks.
  func forEachSeries(_ body: (String, [DecodedSample]) -> Void) throws {
    var entries: [SeriesEntry] = []
    try index.forEachSeries { entries.append(copy $0) }
    var reader = ChunkReader(segments)
    var decoder = ChunkDecoder()
    for entry in entries {
      var samples: [DecodedSample] = []
      for meta in entry.chunks {
        let chunk = try reader.chunk(at: meta.reference)
        guard chunk.isIntact else { throw chunk.checksumError(in: folder) }
        try Self.decode(chunk, with: &decoder, into: &samples)
      }
      let labels = try entry.labels.map { try "\(symbols.text(of: $0.name))=\"\(symbols.text(of: $0.value))\"" }
      body("{" + labels.joined(separator: ", ") + "}", samples)
    }
  }

  private static func decode(
    _ chunk: borrowing SegmentChunk, with decoder: inout ChunkDecoder, into samples: inout [DecodedSample]
  ) throws {
    switch chunk.encoding {
    case .xor, .xor2:
      var floats = FloatSamples()
      try floats.decode(chunk.encoding, chunk.data)
      for index in 0..<floats.count { samples.append(.float(floats.timestamps[index], floats.values[index])) }
    case .histogram:
      try decoder.forEachHistogram(in: chunk.encoding, chunk.data) {
        samples.append(.histogram($0.timestamp, .init($0) { Double($0) }))
      }
    default:
      try decoder.forEachFloatHistogram(in: chunk.encoding, chunk.data) {
        samples.append(.histogram($0.timestamp, .init($0) { $0 }))
      }
    }
  }

  /// Hands over what the index says of each chunk and what decoding it finds.
  func forEachChunk(_ body: (ChunkMeta, ChunkEncoding, ChunkSummary) -> Void) throws {
    var metas: [ChunkMeta] = []
    try index.forEachSeries { metas += $0.chunks }
    var reader = ChunkReader(segments)
    var decoder = ChunkDecoder()
    for meta in metas {
      let chunk = try reader.chunk(at: meta.reference)
      body(meta, chunk.encoding, try decoder.summary(of: chunk.encoding, chunk.data))
    }
  }
}

/// A chunk taken out of a segment.
struct ScannedChunk: Equatable, Sendable {
  let offset: UInt64
  let dataOffset: UInt64
  let encoding: ChunkEncoding
  let data: [UInt8]
  let isIntact: Bool

  init(_ chunk: borrowing SegmentChunk) {
    offset = chunk.offset
    dataOffset = chunk.dataOffset
    encoding = chunk.encoding
    data = Array(chunk.data)
    isIntact = chunk.isIntact
  }

  /// The chunks of a segment as the scanner finds them in windows of `window` bytes.
  static func scan(_ segment: [UInt8], window: Int = .max) throws -> [ScannedChunk] {
    var chunks: [ScannedChunk] = []
    try scan(segment, window: window, into: &chunks)
    return chunks
  }

  /// The same, keeping what was found before an error.
  static func scan(_ segment: [UInt8], window: Int, into chunks: inout [ScannedChunk]) throws {
    var scanner = SegmentScanner(file: "segment")
    var start = 0
    while start < segment.count {
      let end = start + min(window, segment.count - start)
      try scanner.scan(segment.rawBytes.extracting(start..<end)) { chunks.append(ScannedChunk($0)) }
      start = end
    }
    try scanner.finish()
  }
}
