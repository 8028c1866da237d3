import Platform
import TSDB
import Thanos

/// The samples of the series that match, as text: in the format of `promtool tsdb dump`, or in OpenMetrics', which
/// `promtool tsdb create-blocks-from openmetrics` reads.
///
/// Series come in the order of the index, their samples in that of their chunks. What tombstones say was deleted is left
/// out, as Prometheus does. A downsampled block has a label `__aggregate__` more, which says what a value is.
/// - Memory: a MiB of the index and the text of some hundred chunks.
public struct SampleDump: Sendable {
  public enum Format: String, CaseIterable, Sendable {
    case promtool
    case openmetrics
  }

  /// What a format has no words for, so that it is told instead of being dropped in silence.
  public struct LeftOut: Equatable, Sendable {
    /// OpenMetrics: samples of native histograms.
    public internal(set) var histograms: UInt64 = 0
    /// OpenMetrics: samples of series without a name.
    public internal(set) var nameless: UInt64 = 0
    /// OpenMetrics: samples of series with a label that is no UTF-8: nobody reads a file with one of them.
    public internal(set) var invalid: UInt64 = 0
    /// OpenMetrics: samples of series with names that stand in quotes, which Prometheus reads from 3.0 on. They are
    /// written.
    public internal(set) var quotedNames: UInt64 = 0
    /// OpenMetrics: samples from before 1970. They are written, but promtool makes no block of them.
    public internal(set) var early: UInt64 = 0
    /// OpenMetrics: markers that a series has ended; they are written as NaN, and read back as a plain NaN.
    public internal(set) var staleMarkers: UInt64 = 0
  }

  private let block: InspectedBlock
  private let deleted: [UInt64: [ClosedRange<Int64>]]
  private var batches: SeriesBatches
  private var batch: (series: [ChosenSeries], chunks: [(series: Int, chunk: ChunkMeta)], next: Int) = ([], [], 0)
  private var state: State

  private struct State: Sendable {
    var reader: SampleReader
    var text: SampleText
  }

  /// - Throws: `TSDBError` for an index or tombstones that cannot be read, `FileError`, `BucketError`.
  public init(of block: InspectedBlock, _ choice: SeriesChoice, as format: Format) async throws {
    self.block = block
    deleted = try await BlockingPool.shared.run { try block.deletions() }
    batches = try await SeriesBatches(block, choice)
    state = State(reader: SampleReader(choice), text: SampleText(format))
  }

  public var leftOut: LeftOut { state.text.leftOut }

  /// The next piece of text, of whole lines; `nil` after the last.
  /// - Throws: `TSDBError` for damage, `FileError`, `BucketError`, `CancellationError`.
  public mutating func next() async throws -> [UInt8]? {
    while true {
      if batch.next >= batch.chunks.count {
        guard let series = try await batches.next() else { return nil }
        batch = (series, series.enumerated().flatMap { place, series in series.chunks.map { (place, $0) } }, 0)
        continue
      }
      try Task.checkCancellation()
      let end = min(batch.chunks.count, batch.next + ChunkWindows.chunksAtOnce)
      let some = Array(batch.chunks[batch.next..<end])
      batch.next = end
      let windows = try await ChunkWindows(some.map(\.chunk.reference), of: block)
      let (state, text) = try await BlockingPool.shared.run { [state, symbols = batches.symbols, deleted, series = batch.series] in
        var state = state
        var current = -1
        for (place, meta) in some {
          if place != current {
            state.text.begin(try SeriesName(series[place].labels, symbols))
            state.reader.deleted = deleted[series[place].reference] ?? []
            current = place
          }
          try windows.withChunk(at: meta.reference) { chunk throws(Fault) in
            try state.reader.read(chunk.encoding, chunk.data, &state.text)
          }
        }
        let text = state.text.text
        state.text.text = []
        return (state, text)
      }
      self.state = state
      if !text.isEmpty { return text }
    }
  }

  /// What comes after the last piece.
  public var end: [UInt8] { state.text.format == .openmetrics ? Array("# EOF\n".utf8) : [] }
}

/// Writes lines of samples.
struct SampleText: SampleSink, Sendable {
  private static let stale: UInt64 = 0x7ff0_0000_0000_0002

  let format: SampleDump.Format
  var text: [UInt8] = []
  private(set) var leftOut = SampleDump.LeftOut()
  private var name = SeriesName.none
  /// What stands before the value, for samples and for each aggregate.
  private var head: [UInt8] = []
  private var aggregateHeads: [[UInt8]?] = []
  private var hasName = true
  private var isValid = true
  private var needsQuotes = false

  init(_ format: SampleDump.Format) { self.format = format }

  /// The samples that come next are of this series.
  mutating func begin(_ name: SeriesName) {
    self.name = name
    hasName = name.labels.contains { $0.name == Self.metricName && !$0.value.isEmpty }
    isValid = name.labels.allSatisfy { Self.isUTF8($0.name) && Self.isUTF8($0.value) }
    needsQuotes = name.labels.contains {
      !SeriesName.isPlain($0.name) || $0.name == Self.metricName && !SeriesName.isPlain($0.value, allowingColons: true)
    }
    head = head(name.labels)
    aggregateHeads = Array(repeating: nil, count: Aggregate.allCases.count)
  }

  private static func isUTF8(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }

  private static let metricName = Array("__name__".utf8)

  private func head(_ labels: [(name: [UInt8], value: [UInt8])]) -> [UInt8] {
    (format == .promtool ? name.text(labels) : Self.openMetrics(labels)) + [UInt8(ascii: " ")]
  }

  private static func openMetrics(_ labels: [(name: [UInt8], value: [UInt8])]) -> [UInt8] {
    var text: [UInt8] = []
    var inner: [[UInt8]] = []
    for label in labels {
      if label.name == metricName {
        if SeriesName.isPlain(label.value, allowingColons: true) { text = label.value } else { inner.insert(quoted(label.value), at: 0) }
      } else {
        let name = SeriesName.isPlain(label.name) ? label.name : quoted(label.name)
        inner.append(name + [UInt8(ascii: "=")] + quoted(label.value))
      }
    }
    guard !inner.isEmpty else { return text }
    return text + [UInt8(ascii: "{")] + inner.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "}")]
  }

  /// As OpenMetrics quotes: three characters are escaped and no other.
  private static func quoted(_ bytes: [UInt8]) -> [UInt8] {
    var text: [UInt8] = [UInt8(ascii: "\"")]
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
      case UInt8(ascii: "\n"): text += Array("\\n".utf8)
      default: text.append(byte)
      }
    }
    return text + [UInt8(ascii: "\"")]
  }

  mutating func take(_ time: Int64, _ value: Double, _ kind: SampleReader.Kind) {
    if format == .openmetrics {
      if !hasName { return leftOut.nameless &+= 1 }
      if !isValid { return leftOut.invalid &+= 1 }
      if needsQuotes { leftOut.quotedNames &+= 1 }
      if time < 0 { leftOut.early &+= 1 }
      if value.bitPattern == Self.stale { leftOut.staleMarkers &+= 1 }
    }
    switch kind {
    case .sample: text += head
    case .aggregate(let aggregate):
      if aggregateHeads[aggregate.rawValue] == nil {
        aggregateHeads[aggregate.rawValue] = head(
          name.labels + [(Array("__aggregate__".utf8), Array("\(aggregate)".utf8))])
      }
      text += aggregateHeads[aggregate.rawValue] ?? head
    }
    GoText.append(value, to: &text)
    end(time)
  }

  mutating func take(_ histogram: borrowing HistogramSample<Int64>) {
    guard format == .promtool else { return leftOut.histograms &+= 1 }
    text += head
    HistogramText.append(histogram, to: &text, { GoText.append($0, to: &$1) }, isZero: { $0 == 0 }, zero: 0)
    end(histogram.timestamp)
  }

  mutating func take(_ histogram: borrowing HistogramSample<Double>) {
    guard format == .promtool else { return leftOut.histograms &+= 1 }
    text += head
    HistogramText.append(
      histogram, to: &text, { (count: Double, text: inout [UInt8]) in GoText.append(count, to: &text) },
      isZero: { $0 == 0 }, zero: 0)
    end(histogram.timestamp)
  }

  private mutating func end(_ time: Int64) {
    text.append(UInt8(ascii: " "))
    if format == .promtool { GoText.append(time, to: &text) } else { text += Array(Self.seconds(time).utf8) }
    text.append(UInt8(ascii: "\n"))
  }

  /// Prometheus multiplies by 1000 and cuts off what is behind the point, so that some milliseconds would become those
  /// before them: then the next number up is written.
  static func seconds(_ time: Int64) -> String {
    let (whole, rest) = time.quotientAndRemainder(dividingBy: 1000)
    if rest == 0 { return String(whole) }
    let seconds = Double(time) / 1000
    if Int64(exactly: (seconds * 1000).rounded(.towardZero)) == time { return seconds.description }
    return (time < 0 ? seconds.nextDown : seconds.nextUp).description
  }
}

extension SeriesName {
  fileprivate static let none = SeriesName(labels: [])
}

extension InspectedBlock {
  /// What was deleted, by reference of the series: ms since 1970, both inclusive. Buckets have no tombstones.
  func deletions() throws -> [UInt64: [ClosedRange<Int64>]] {
    guard let tombstones else { return [:] }
    var deletions: [UInt64: [ClosedRange<Int64>]] = [:]
    for entry in try Tombstones(FileBytes(mapping: tombstones)).entries where entry.minTime <= entry.maxTime {
      deletions[entry.series, default: []].append(entry.minTime...entry.maxTime)
    }
    return deletions
  }
}
