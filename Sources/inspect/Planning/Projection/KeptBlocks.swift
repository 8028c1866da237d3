import Inspection
import Thanos

/// What becomes of the blocks that are there already: when retention takes them, and what is still to be downsampled.
struct KeptBlocks {
  private struct Lot {
    /// Days from the plan's time; later it is gone.
    let until: Double
    let amount: Projection.Amount
  }

  private var lots: [Resolution: [Lot]] = [:]

  init(_ blocks: [StoredBlock], streams: [Stream], policy: PlanPolicy, now: Int64) {
    func until(_ block: StoredBlock, _ resolution: Resolution) -> Double {
      // Thanos deletes a block when all of it is older than the retention of its resolution.
      guard let days = policy.retention.days(resolution) else { return .infinity }
      return Double(block.maxTime - now) / PlanTime.day + days
    }
    for block in blocks {
      let resolution = Projection.column(block.resolution)
      lots[resolution, default: []].append(Lot(until: until(block, resolution), amount: block.amount))
    }
    guard policy.downsamples else { return }
    let sets = Dictionary(grouping: blocks, by: \.labels)
    for stream in streams {
      let own = sets[stream.usage.labels] ?? []
      for target in [Resolution.fiveMinutes, .oneHour] {
        for (block, ratio) in Self.waiting(own, for: target, stream) {
          let amount = Projection.Amount(bytes: Double(block.sizes.total) * ratio, objects: Double(block.objects))
          lots[target, default: []].append(Lot(until: until(block, target), amount: amount))
        }
      }
    }
  }

  /// The blocks that Thanos will make downsampled ones from, and how many bytes of those come from each of theirs.
  private static func waiting(
    _ blocks: [StoredBlock], for target: Resolution, _ stream: Stream
  ) -> [(StoredBlock, Double)] {
    let done = blocks.filter { $0.resolution == target }
    let raw = blocks.filter { $0.resolution == .raw }
    func isOpen(_ block: StoredBlock) -> Bool {
      block.markers[.noDownsample] == nil && !CompactionLimits.isTooShortForEver(block, for: target)
        && !done.contains { $0.covers(block) }
    }
    var waiting = raw.filter(isOpen).map { ($0, stream.ratio(target)) }
    if target == .oneHour, stream.fiveMinutes.ratio > 0 {
      let ratio = stream.oneHour.ratio / stream.fiveMinutes.ratio
      waiting += blocks.filter { block in
        block.resolution == .fiveMinutes && isOpen(block) && !raw.contains { block.covers($0) || $0.covers(block) }
      }.map { ($0, ratio) }
    }
    return waiting
  }

  /// What is left of them.
  /// - Parameter day: from the plan's time.
  func amount(_ resolution: Resolution, at day: Double) -> Projection.Amount {
    (lots[resolution] ?? []).reduce(into: Projection.Amount()) { if $1.until > day { $0 += $1.amount } }
  }
}
