import Inspection
import TSDB
public import Thanos

/// What the blocks of one label set show: how much arrives a day, how many series, and how that changes.
public struct SetUsage: Sendable {
  public let labels: ExternalLabels
  /// Raw ones that last.
  public let blocks: Int
  /// Days that raw blocks cover, gaps and overlaps left out.
  public let coveredDays: Double
  /// Of the newest raw block, ms since 1970.
  public let newest: Int64
  /// Nothing has come for two days: nothing is expected to come any more.
  public let hasEnded: Bool
  /// What a trend rests on, in words.
  public let basis: String
  /// Bytes a day, all files of the blocks.
  public let bytes: Trend
  /// Samples a day.
  public let samples: Trend
  /// Series of a block.
  public let series: Trend
  /// Series of the newest raw block: as many as are active at once, and those besides that ended or began within it.
  public let activeSeries: Int64
  public let churn: Churn?
  /// Of the bytes of its raw blocks, 0…1.
  public let indexShare: Double
  /// Between two samples of a series, seconds; `nil` without samples.
  public let interval: Double?
  /// Chunks a sample and bytes of chunks a day, for estimates.
  let chunkShare: Double
  let samplesPerChunk: Double

  /// Silence after which a label set is taken for one that has ended. Days.
  static let silence = 2.0

  /// - Parameters:
  ///   - raw: its lasting raw blocks by time, at least one.
  ///   - now: the plan's time, ms since 1970.
  ///   - churn: as the indexes show it, where they were read.
  init?(_ raw: [StoredBlock], labels: ExternalLabels, now: Int64, churn: Churn? = nil) {
    guard let newest = raw.newest else { return nil }
    let comparable = ComparableBlocks(raw)
    func trend(_ value: (StoredBlock) -> Double) -> Trend? {
      guard comparable.showChange else { return Self.steady(raw, value) }
      return Trend(
        comparable.blocks.map { block in
          Trend.Point(day: (Double(block.minTime) / 2 + Double(block.maxTime) / 2 - Double(now)) / PlanTime.day, value: value(block))
        })
    }
    guard let bytes = trend({ Double($0.sizes.total) / $0.days }),
      let samples = trend({ Double($0.description.meta.stats.samples) / $0.days }),
      let series = trend({ Double($0.description.meta.stats.series) })
    else { return nil }
    self.labels = labels
    blocks = raw.count
    coveredDays = Self.coveredDays(raw)
    self.newest = newest.maxTime
    hasEnded = Double(now - newest.maxTime) / PlanTime.day > Self.silence
    basis =
      comparable.showChange
      ? comparable.basis : (raw.count == 1 ? "1 block" : "\(raw.count) blocks") + ": too few, or too short a time for growth"
    (self.bytes, self.samples, self.series) = (bytes, samples, series)
    activeSeries = newest.description.meta.stats.series
    self.churn = churn ?? Churn(raw)
    let total = raw.reduce(0) { $0 + Double($1.sizes.total) }
    indexShare = total > 0 ? raw.reduce(0) { $0 + Double($1.sizes.index) } / total : 0
    chunkShare = total > 0 ? raw.reduce(0) { $0 + Double($1.sizes.chunks) } / total : 0
    let counts = raw.reduce((samples: 0.0, chunks: 0.0)) {
      ($0.samples + Double($1.description.meta.stats.samples), $0.chunks + Double($1.description.meta.stats.chunks))
    }
    samplesPerChunk = counts.chunks > 0 ? counts.samples / counts.chunks : 0
    interval = Self.interval(raw)
  }

  /// What does not change, as far as can be told: the mean over the time of all blocks.
  private static func steady(_ raw: [StoredBlock], _ value: (StoredBlock) -> Double) -> Trend? {
    let days = raw.reduce(0) { $0 + $1.days }
    guard days > 0 else { return nil }
    return Trend(level: raw.reduce(0) { $0 + value($1) * $1.days } / days, slope: nil, points: raw.count)
  }

  /// The smallest of length × series / samples: a series that does not last a whole block only ever makes it longer.
  private static func interval(_ raw: [StoredBlock]) -> Double? {
    raw.compactMap { block in
      let stats = block.description.meta.stats
      guard stats.samples > 0, stats.series > 0 else { return nil }
      return block.days * 86_400 * Double(stats.series) / Double(stats.samples)
    }.min()
  }

  /// The union of the blocks' times. Sorted by their beginning.
  private static func coveredDays(_ raw: [StoredBlock]) -> Double {
    var days = 0.0
    var end = Int64.min
    for block in raw {
      let start = max(end, block.minTime)
      if block.maxTime > start { days += Double(block.maxTime - start) / PlanTime.day }
      end = max(end, block.maxTime)
    }
    return days
  }
}

extension [StoredBlock] {
  /// The one that ends last, and of those the shortest.
  var newest: StoredBlock? { self.max { ($0.maxTime, $1.days) < ($1.maxTime, $0.days) } }
}
