import Inspection
import Quantities
import TSDB
public import Thanos

/// How many bytes downsampled data takes for each byte of the raw data it was made from.
public struct DownsampledShare: Equatable, Sendable {
  public let resolution: Resolution
  /// Bytes a raw byte.
  public let ratio: Double
  public let isEstimate: Bool
  /// What it rests on, in words.
  public let basis: String
}

/// Measures the shares of a bucket, and estimates those that it does not show.
struct DownsampledShares {
  private let sets: [ExternalLabels: [StoredBlock]]
  /// What the pairs of all label sets come to together.
  private let all: [Resolution: Measured]

  /// - Parameter blocks: lasting ones of any label sets.
  init(_ blocks: [StoredBlock]) {
    sets = Dictionary(grouping: blocks, by: \.labels)
    all = [Resolution.fiveMinutes, .oneHour].reduce(into: [:]) { $0[$1] = Self.measured($1, blocks) }
  }

  /// Of a label set: its own blocks' if they show it, all blocks' if those do, and an estimate otherwise.
  func share(_ resolution: Resolution, of usage: SetUsage) -> DownsampledShare {
    if let measured = Self.measured(resolution, sets[usage.labels] ?? []) {
      return DownsampledShare(
        resolution: resolution, ratio: measured.ratio, isEstimate: false, basis: "measured on \(measured.words)")
    }
    if let measured = all[resolution] {
      return DownsampledShare(
        resolution: resolution, ratio: measured.ratio, isEstimate: true,
        basis: "measured on \(measured.words) of other labels")
    }
    return Self.estimate(resolution, usage)
  }

  private struct Measured {
    let ratio: Double
    let words: String
  }

  /// 1h blocks whose raw ones are gone are held against 5m, and 5m against raw.
  private static func measured(_ resolution: Resolution, _ blocks: [StoredBlock]) -> Measured? {
    if let direct = pairs(resolution, from: .raw, blocks) {
      return Measured(ratio: direct.ratio, words: "\(direct.count) pair\(direct.count == 1 ? "" : "s") of blocks")
    }
    guard resolution == .oneHour, let first = pairs(.fiveMinutes, from: .raw, blocks),
      let second = pairs(.oneHour, from: .fiveMinutes, blocks)
    else { return nil }
    return Measured(
      ratio: first.ratio * second.ratio,
      words: "\(first.count) of raw and 5m, and \(second.count) of 5m and 1h, pairs of blocks")
  }

  /// Blocks of the same labels, time and sources: Thanos hands all three on to what it downsamples.
  private struct Origin: Hashable {
    let labels: ExternalLabels
    let minTime: Int64
    let maxTime: Int64
    let sources: Set<ULID>

    init(_ block: StoredBlock) {
      (labels, minTime, maxTime) = (block.labels, block.minTime, block.maxTime)
      sources = Set(block.description.meta.compaction.sources)
    }
  }

  private static func pairs(
    _ target: Resolution, from source: Resolution, _ blocks: [StoredBlock]
  ) -> (ratio: Double, count: Int)? {
    var bytes: [Origin: Double] = [:]
    for block in blocks where block.resolution == source { bytes[Origin(block)] = Double(block.sizes.total) }
    var sum = (from: 0.0, to: 0.0, count: 0)
    for block in blocks where block.resolution == target {
      guard let from = bytes[Origin(block)], from > 0 else { continue }
      sum = (sum.from + from, sum.to + Double(block.sizes.total), sum.count + 1)
    }
    return sum.count > 0 ? (sum.to / sum.from, sum.count) : nil
  }

  // MARK: Estimates

  /// count, sum, min, max and counter, a sample each for every window that has any raw sample.
  private static let aggregates = 5.0
  /// About what the entry of a chunk takes in the index: two times and an offset as varints.
  private static let chunkEntryBytes = 8.0
  /// Windows that Thanos puts into a chunk at most.
  private static let windowsPerChunk = 140.0

  private static func estimate(_ resolution: Resolution, _ usage: SetUsage) -> DownsampledShare {
    let window = Double(resolution.milliseconds) / 1000
    guard let interval = usage.interval, usage.samplesPerChunk > 0, usage.samples.level > 0, usage.bytes.level > 0 else {
      return DownsampledShare(
        resolution: resolution, ratio: 1, isEstimate: true, basis: "no samples to go by: taken for as large as raw")
    }
    let windowsPerSample = min(1, interval / window)
    let bytesPerSample = usage.bytes.level / usage.samples.level
    // Chunks of a series are fewer than in the raw block; the rest of the index (labels, postings) stays as it is.
    let entriesLess = chunkEntryBytes * max(0, 1 / usage.samplesPerChunk - windowsPerSample / windowsPerChunk)
    let index = max(usage.indexShare / 10, usage.indexShare - entriesLess / bytesPerSample)
    let ratio = usage.chunkShare * aggregates * windowsPerSample + index
    return DownsampledShare(
      resolution: resolution, ratio: ratio, isEstimate: true,
      basis: "no downsampled blocks to measure: 5 aggregates a window, a raw sample every"
        + " \(Decimals.text(interval, places: 1)) s, and as many bytes a sample as raw")
  }
}
