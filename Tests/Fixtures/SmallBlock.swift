import Platform
import TSDB

/// A valid block of the few series that a test gives it.
public struct SmallBlock {
  public struct Chunk {
    public let encoding: UInt8
    /// Behind the encoding.
    public let data: [UInt8]
    /// Milliseconds since 1970, both included.
    public let times: ClosedRange<Int64>
    public let samples: Int

    public init(encoding: UInt8, data: [UInt8], times: ClosedRange<Int64>, samples: Int) {
      (self.encoding, self.data, self.times, self.samples) = (encoding, data, times, samples)
    }
  }

  public static let ulid = "01HF5EN80000000000000000K9"

  private var series: [(labels: [(name: String, value: String)], chunks: [Chunk])] = []

  public init() {}

  /// Adds a series of floats.
  /// - Parameters:
  ///   - labels: sorted by name.
  ///   - samples: by milliseconds since 1970, rising.
  public mutating func add(_ labels: KeyValuePairs<String, String>, _ samples: [(time: Int64, value: Double)]) {
    var chunk = XORChunk()
    for sample in samples { chunk.append(sample.time, sample.value) }
    add(labels, [Chunk(encoding: 1, data: chunk.bytes, times: chunk.start...chunk.time, samples: samples.count)])
  }

  /// Adds a series.
  public mutating func add(_ labels: KeyValuePairs<String, String>, _ chunks: [Chunk]) {
    series.append((labels.map { (name: $0.key, value: $0.value) }, chunks))
  }

  /// Writes the block into a data folder.
  /// - Returns: its path.
  /// - Throws: `FileError`.
  @discardableResult
  public func write(in dataFolder: String, ulid: String = ulid) throws -> String {
    let folder = "\(dataFolder)/\(ulid)"
    try Directory.create(folder + "/chunks")
    var segment = SegmentInput.head
    let sorted = series.sorted { Self.bytes($0.labels).lexicographicallyPrecedes(Self.bytes($1.labels)) }
    let entries = sorted.map { labels, chunks in
      RewrittenIndex.Series(
        labels: labels,
        chunks: chunks.map { chunk in
          defer { segment += SegmentInput.frame(of: chunk.data, encoding: chunk.encoding) }
          return ChunkMeta(
            minTime: chunk.times.lowerBound, maxTime: chunk.times.upperBound, reference: UInt64(segment.count))
        })
    }
    try AtomicFile.write(RewrittenIndex(series: entries).bytes, to: folder + "/index")
    try AtomicFile.write(segment, to: folder + "/chunks/000001")
    let chunks = series.flatMap(\.chunks)
    let first = chunks.map(\.times.lowerBound).min() ?? 0
    let last = chunks.map(\.times.upperBound).max() ?? 0
    let meta = """
      {"ulid": "\(ulid)", "minTime": \(first), "maxTime": \(last + 1), "version": 1,
       "stats": {"numSamples": \(chunks.reduce(0) { $0 + $1.samples }), "numSeries": \(series.count),
                 "numChunks": \(chunks.count)},
       "compaction": {"level": 1, "sources": ["\(ulid)"]}}
      """
    try AtomicFile.write(Array(meta.utf8), to: folder + "/meta.json")
    return folder
  }

  /// In an order that is that of the labels.
  private static func bytes(_ labels: [(name: String, value: String)]) -> [UInt8] {
    labels.flatMap { Array($0.name.utf8) + [0] + Array($0.value.utf8) + [0] }
  }
}
