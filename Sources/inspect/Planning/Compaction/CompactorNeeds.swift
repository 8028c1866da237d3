import Inspection
import TSDB
import Thanos

/// What the compactor has before it, the disk that this takes, and what it will never do.
public struct CompactorNeeds: Sendable {
  /// Largest first.
  public let due: [DueCompaction]
  /// The largest one that the data to come brings, at the end of the plan: an estimate. `nil` where none comes.
  public let coming: DueCompaction?
  /// Sorted by time.
  public let limited: [LimitedBlock]

  /// Bytes of disk for the largest job, due or coming.
  public var scratch: Double { max(due.first?.scratch ?? 0, coming?.scratch ?? 0) }

  /// - Parameters:
  ///   - lasting: blocks that will last, by time.
  ///   - horizon: days from the plan's time.
  ///   - now: the plan's time, ms since 1970.
  init(_ lasting: [StoredBlock], streams: [Stream], policy: PlanPolicy, horizon: Double, now: Int64) {
    var due: [DueCompaction] = []
    var limited = lasting.compactMap { CompactionLimits.limitation(of: $0, downsamples: policy.downsamples) }
    let named = Set(limited.map(\.block.ulid))
    for (set, blocks) in Dictionary(grouping: lasting, by: \.description.blockSet) {
      let schedule = CompactionSchedule(blocks, of: set)
      due += schedule.jobs
      if policy.downsamples {
        let newest = blocks.map(\.maxTime).max() ?? now
        let hasEnded = Double(now) - Double(newest) > SetUsage.silence * PlanTime.day
        let untouched = schedule.untouched.filter { !named.contains($0.block.description.ulid) }
        limited += untouched.compactMap {
          CompactionLimits.loneliness(of: $0.block, hasCompany: $0.hasCompany, hasEnded: hasEnded, now: now)
        }
      }
      limited += schedule.tooLarge.map {
        LimitedBlock(
          block: $0, never: "compact",
          reason: "the indexes that it would be compacted with come near Thanos' limit of 64 GiB: it would be marked")
      }
    }
    if policy.downsamples {
      let sets = Dictionary(grouping: lasting, by: \.labels)
      for stream in streams { due += Self.downsampling(sets[stream.usage.labels] ?? [], stream) }
    }
    self.due = due.sorted { ($1.scratch, $0.minTime) < ($0.scratch, $1.minTime) }
    coming = Self.coming(streams, horizon: horizon, now: now)
    self.limited = limited.sorted { ($0.block.meta.minTime, $0.block.ulid) < ($1.block.meta.minTime, $1.block.ulid) }
  }

  private static func downsampling(_ blocks: [StoredBlock], _ stream: Stream) -> [DueCompaction] {
    let steps: [(from: Resolution, to: Resolution, least: Int64)] = [
      (.raw, .fiveMinutes, BlockRanges.fiveMinutesFrom), (.fiveMinutes, .oneHour, BlockRanges.oneHourFrom),
    ]
    return steps.flatMap { step in
      let done = blocks.filter { $0.resolution == step.to }
      let before = stream.ratio(step.from)
      let ratio = before > 0 ? stream.ratio(step.to) / before : 1
      return blocks.filter { block in
        block.resolution == step.from && block.maxTime - block.minTime >= step.least
          && block.markers[.noDownsample] == nil && !done.contains { $0.covers(block) }
      }.map { block in
        DueCompaction(
          kind: .downsampling, labels: block.labels, resolution: block.resolution, minTime: block.minTime,
          maxTime: block.maxTime, blocks: 1, input: Double(block.sizes.total),
          output: Double(block.sizes.total) * ratio)
      }
    }
  }

  /// 14 days of the raw data of the label set with most of it.
  private static func coming(_ streams: [Stream], horizon: Double, now: Int64) -> DueCompaction? {
    let days = BlockLife.longestDays
    func bytes(_ stream: Stream) -> Double { stream.rate.bytes(from: max(0, horizon - days), to: max(days, horizon)) }
    guard let largest = streams.max(by: { bytes($0) < bytes($1) }), bytes(largest) > 0 else { return nil }
    let end = now + Int64(max(days, horizon) * PlanTime.day)
    return DueCompaction(
      kind: .compaction, labels: largest.usage.labels, resolution: .raw, minTime: end - Int64(days * PlanTime.day),
      // Seven of two days.
      maxTime: end, blocks: 7, input: bytes(largest), output: bytes(largest))
  }
}
