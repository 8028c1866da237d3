public import Console
import Platform
import TSDB
import Thanos

/// The series of a block that match, with what they hold and cost.
///
/// - Performance: series of the index in order, chunks in reads of many; each chunk's checksum is compared and its
///   samples are counted.
/// - Memory: a MiB of the index and some hundred chunks.
public struct SeriesListing: Sendable {
  public static let columns = [
    Table.Column("SERIES", key: "series"), Table.Column("FROM", key: "min_time"), Table.Column("UNTIL", key: "max_time"),
    Table.Column("#CHUNKS", key: "chunks", .right), Table.Column("#SAMPLES", key: "samples", .right),
    Table.Column("CHUNKS", key: "chunk_bytes", .right), Table.Column("ENTRY", key: "entry_bytes", .right),
    Table.Column("BYTES/SAMPLE", key: "bytes_per_sample", .right),
  ]

  private struct Sums: Sendable {
    var samples: UInt64 = 0
    var bytes: UInt64 = 0
  }

  private let block: InspectedBlock
  private let choice: SeriesChoice
  private var batches: SeriesBatches
  private var batch: ArraySlice<ChosenSeries> = []
  private var left: Int
  /// Series whose rows are made at a time.
  private static let rowsAtOnce = 1_000

  /// - Parameter limit: series at most; the chunks of no others are read.
  /// - Throws: `TSDBError` for an index that cannot be read, `FileError`, `BucketError`.
  public init(of block: InspectedBlock, _ choice: SeriesChoice, limit: Int? = nil) async throws {
    self.block = block
    self.choice = choice
    left = max(0, limit ?? .max)
    batches = try await SeriesBatches(block, choice)
  }

  /// The rows of the next series; `nil` after the last.
  /// - Throws: `TSDBError` for damage, `FileError`, `BucketError`, `CancellationError`.
  public mutating func next() async throws -> [[Cell]]? {
    guard left > 0 else { return nil }
    if batch.isEmpty { batch = try await batches.next()?[...] ?? [] }
    let batch = batch.prefix(min(left, Self.rowsAtOnce))
    guard !batch.isEmpty else { return nil }
    self.batch.removeFirst(batch.count)
    left -= batch.count
    var sums = [Sums](repeating: Sums(), count: batch.count)
    let chunks = batch.enumerated().flatMap { place, series in series.chunks.map { (place, $0) } }
    for start in stride(from: 0, to: chunks.count, by: ChunkWindows.chunksAtOnce) {
      try Task.checkCancellation()
      let some = Array(chunks[start..<min(chunks.count, start + ChunkWindows.chunksAtOnce)])
      let windows = try await ChunkWindows(some.map(\.1.reference), of: block)
      let counted = try await BlockingPool.shared.run { [choice] in try Self.count(some.map(\.1), windows, choice) }
      for ((place, _), sum) in zip(some, counted) {
        sums[place].samples &+= sum.samples
        sums[place].bytes &+= sum.bytes
      }
    }
    return try zip(batch, sums).map { try row($0, $1) }
  }

  private static func count(
    _ chunks: [ChunkMeta], _ windows: ChunkWindows, _ choice: SeriesChoice
  ) throws(TSDBError) -> [Sums] {
    var decoder = ChunkDecoder()
    var reader = SampleReader(choice)
    var result: [Sums] = []
    for meta in chunks {
      var sums = Sums()
      try windows.withChunk(at: meta.reference) { chunk throws(Fault) in
        sums.bytes = chunk.end &- chunk.offset
        if choice.covers(meta) {
          sums.samples = UInt64(clamping: try decoder.summary(of: chunk.encoding, chunk.data).samples)
        } else {
          var count = SampleCount()
          try reader.read(chunk.encoding, chunk.data, &count)
          sums.samples = count.samples
        }
      }
      result.append(sums)
    }
    return result
  }

  private func row(_ series: ChosenSeries, _ sums: Sums) throws -> [Cell] {
    let first = series.chunks.map(\.minTime).min().map { max($0, choice.minTime) }
    let last = series.chunks.map(\.maxTime).max().map { min($0, choice.maxTime) }
    let labels = String(showing: try SeriesName(series.labels, batches.symbols).dumped.rawBytes)
    return [
      .text(labels), first.map { .time($0) } ?? .empty, last.map { .time($0) } ?? .empty, .count(series.chunks.count),
      .count(sums.samples), .bytes(sums.bytes), .bytes(UInt64(clamping: series.byteCount)),
      sums.samples == 0 ? .empty : .decimal(Double(sums.bytes) / Double(sums.samples), places: 2),
    ]
  }
}

/// The labels of a series as bytes, made once a series.
struct SeriesName: Sendable {
  let labels: [(name: [UInt8], value: [UInt8])]

  init(labels: [(name: [UInt8], value: [UInt8])]) { self.labels = labels }

  init(_ references: [LabelReference], _ symbols: SymbolTable) throws(TSDBError) {
    var labels: [(name: [UInt8], value: [UInt8])] = []
    for label in references {
      labels.append(([UInt8](try symbols.bytes(of: label.name)), [UInt8](try symbols.bytes(of: label.value))))
    }
    self.labels = labels
  }

  /// As Prometheus prints labels: `{__name__="up", job="api"}`.
  var dumped: [UInt8] { text(labels) }

  /// - Parameter labels: with what a dump adds.
  func text(_ labels: [(name: [UInt8], value: [UInt8])]) -> [UInt8] {
    var text: [UInt8] = [UInt8(ascii: "{")]
    for (place, label) in labels.enumerated() {
      if place > 0 { text += Array(", ".utf8) }
      if Self.isPlain(label.name) { text += label.name } else { GoText.appendQuoted(label.name, to: &text) }
      text.append(UInt8(ascii: "="))
      GoText.appendQuoted(label.value, to: &text)
    }
    text.append(UInt8(ascii: "}"))
    return text
  }

  /// Whether a name needs no quotes where names may be any UTF-8.
  static func isPlain(_ name: [UInt8], allowingColons: Bool = false) -> Bool {
    guard let first = name.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
    return name.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      case UInt8(ascii: ":"): allowingColons
      default: false
      }
    }
  }
}
