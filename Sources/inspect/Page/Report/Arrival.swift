import Inspection
import Planning
import TSDB
import Thanos

/// What the raw blocks of the largest label sets say of the bytes that arrive a day.
struct Arrival {
  static let sets = 4
  /// Points of a label set; more blocks are joined to their neighbours.
  private static let points = 160
  private static let day = 86_400_000.0

  let chart: ArrivalChart

  /// - Returns: `nil` without a raw block.
  init?(_ plan: CapacityPlan) {
    guard !plan.usages.isEmpty else { return nil }
    let raw = plan.input.blocks.filter { $0.description.resolution == .raw && $0.markers[.deletion] == nil }
    let byLabels = Dictionary(grouping: raw, by: \.description.labels)
    let sets = plan.usages.prefix(Self.sets).map { usage in
      ArrivalChart.Set(
        name: "\(usage.labels)", points: Self.joined((byLabels[usage.labels] ?? []).map(Self.sum)),
        level: usage.bytes.level,
        slope: usage.bytes.slope.map {
          ArrivalChart.Slope(value: $0.value, bounds: min($0.low, $0.high)...max($0.low, $0.high))
        })
    }
    let now = Double(plan.now)
    let first = sets.flatMap(\.points).map(\.time).min() ?? now
    chart = ArrivalChart(sets: sets, now: now, until: now + max(Self.day / 24, (now - first) / 3))
  }

  private struct Sum {
    var from: Double
    var until: Double
    var bytes: Double
    var days: Double
    var blocks = 1
  }

  private static func sum(_ block: StoredBlock) -> Sum {
    let meta = block.description.meta
    let (from, until) = (Double(meta.minTime), Double(meta.maxTime))
    return Sum(from: from, until: until, bytes: Double(block.sizes.total), days: (until - from) / day)
  }

  private static func joined(_ blocks: [Sum]) -> [ArrivalChart.Point] {
    let sorted = blocks.sorted { $0.from < $1.from }
    let share = max(1, (sorted.count + points - 1) / points)
    return stride(from: 0, to: sorted.count, by: share).map { start in
      var sum = sorted[start]
      for block in sorted[(start + 1)..<min(sorted.count, start + share)] {
        sum.until = max(sum.until, block.until)
        sum.bytes += block.bytes
        sum.days += block.days
        sum.blocks += 1
      }
      let times = "\(TimeTicks.moment(sum.from)) – \(TimeTicks.moment(sum.until))"
      return ArrivalChart.Point(
        time: sum.from / 2 + sum.until / 2, bytesPerDay: sum.days > 0 ? sum.bytes / sum.days : 0,
        name: sum.blocks == 1 ? times : "\(sum.blocks) blocks, \(times)")
    }
  }
}
