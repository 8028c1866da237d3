import Platform
import TSDB

/// A block of a test's own series, in a folder of its own.
public struct SeriesBlock: Sendable {
  public struct Series: Sendable {
    /// Sorted by name.
    public var labels: [(name: String, value: String)]
    public var chunks: [XORChunk]

    public init(_ labels: [(name: String, value: String)], _ chunks: [XORChunk]) {
      (self.labels, self.chunks) = (labels, chunks)
    }
  }

  public static let ulid = "01HF5EN80000000000000000B0"
  private let folder: TemporaryFolder
  /// The folder that the block's folder lies in.
  public var root: String { folder.path }
  public var path: String { "\(folder.path)/\(Self.ulid)" }

  /// - Parameters:
  ///   - series: in the order of their chunks.
  ///   - segmentSize: bytes after which the next segment begins.
  /// - Throws: `FileError`.
  public init(_ series: [Series], segmentSize: Int = 1 << 29) throws {
    folder = try TemporaryFolder()
    try Directory.create("\(folder.path)/\(Self.ulid)/chunks")
    var index = RewrittenIndex()
    var segments = [SegmentInput.head]
    for entry in series {
      let chunks = entry.chunks.map { chunk in
        if segments[segments.count - 1].count >= segmentSize { segments.append(SegmentInput.head) }
        let last = segments.count - 1
        defer { segments[last] += SegmentInput.frame(of: chunk.bytes) }
        return ChunkMeta(
          minTime: chunk.start, maxTime: chunk.time, reference: UInt64(last) << 32 | UInt64(segments[last].count))
      }
      index.series.append(RewrittenIndex.Series(labels: entry.labels, chunks: chunks))
    }
    let texts = Set(series.flatMap { $0.labels.flatMap { [$0.name, $0.value] } })
    index.symbols = texts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    index.relist()
    try AtomicFile.write(index.bytes, to: "\(path)/index")
    for (number, segment) in segments.enumerated() {
      let digits = String(number + 1)
      let name = String(repeating: "0", count: 6 - digits.utf8.count) + digits
      try AtomicFile.write(segment, to: "\(path)/chunks/\(name)")
    }
    let chunks = series.flatMap(\.chunks)
    let (start, end) = (chunks.map(\.start).min() ?? 0, chunks.map(\.time).max() ?? 0)
    let meta = """
      {"ulid": "\(Self.ulid)", "minTime": \(start), "maxTime": \(end + 1),
       "stats": {"numSamples": 0, "numSeries": \(series.count), "numChunks": \(chunks.count)},
       "compaction": {"level": 1, "sources": ["\(Self.ulid)"]}, "version": 1}
      """
    try AtomicFile.write(Array(meta.utf8), to: "\(path)/meta.json")
  }
}
