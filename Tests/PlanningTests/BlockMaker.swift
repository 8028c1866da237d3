import Inspection
import OrderedJSON
import TSDB
import Testing
import Thanos

@testable import Planning

/// Blocks that are a meta.json and sizes, for plans reckoned by hand.
struct BlockMaker {
  /// 2021-04-15T00:00:00Z, where a window of 14 days begins: 1338 × 14 d.
  static let start: Int64 = 1338 * 14 * 86_400_000
  static let day: Int64 = 86_400_000

  var number: UInt64 = 0

  /// - Parameters:
  ///   - from: days from `start`.
  ///   - sources: ULIDs; its own if empty.
  mutating func block(
    from: Double, days: Double, index: UInt64 = 100, chunks: UInt64 = 900, samples: Int64 = 1000, series: Int64 = 10,
    labels: String = #""cluster":"a""#, resolution: Int64 = 0, level: Int = 1, sources: [String] = [],
    markers: [Marker.Kind: String] = [:], failed: Bool = false
  ) throws -> StoredBlock {
    number += 1
    let ulid = Self.ulid(number)
    let minTime = Self.start + Int64(from * Double(Self.day))
    let list = (sources.isEmpty ? [ulid] : sources).map { "\"\($0)\"" }.joined(separator: ",")
    let text = """
      {"version":1,"ulid":"\(ulid)","minTime":\(minTime),"maxTime":\(minTime + Int64(days * Double(Self.day))),
       "stats":{"numSamples":\(samples),"numSeries":\(series),"numChunks":\(samples / 100)},
       "compaction":{"level":\(level),"sources":[\(list)],"failed":\(failed)},
       "thanos":{"labels":{\(labels)},"downsample":{"resolution":\(resolution)},"source":"test"}}
      """
    let meta = try BlockMeta(parsing: Array(text.utf8), file: "meta.json")
    var sizes = BlockSizes()
    sizes.add("index", bytes: index)
    sizes.add("chunks/000001", bytes: chunks)
    sizes.add("meta.json", bytes: 0)
    return StoredBlock(try BlockDescription(meta, file: "meta.json"), sizes: sizes, markers: markers)
  }

  static func ulid(_ number: UInt64) -> String {
    let digits = String(number)
    return "01" + String(repeating: "0", count: 24 - digits.utf8.count) + digits
  }

  static func plan(
    _ blocks: [StoredBlock], _ policy: PlanPolicy = PlanPolicy(), headers: IndexHeaderSizes = IndexHeaderSizes(),
    prices: Prices? = nil
  ) throws -> CapacityPlan {
    let rows = blocks.map {
      BlockRow(
        ulid: $0.description.ulid, description: $0.description, sizes: $0.sizes, markers: Array($0.markers.keys), state: "ok")
    }
    let reasons = Dictionary(uniqueKeysWithValues: blocks.map { ($0.description.ulid, $0.markers) })
    return CapacityPlan(
      try PlanInput(rows, reasons: reasons, clock: .max), policy: policy, headers: headers, prices: prices)
  }
}

/// As close as a forecast has to be.
func isClose(_ left: Double, _ right: Double, _ tolerance: Double = 1e-6) -> Bool {
  abs(left - right) <= tolerance * max(1, abs(right))
}
