import Platform
import Quantities
import TSDB

/// Deletions that a block has and whose tombstones are not there: Thanos uploads none, so that what was deleted from a
/// block which has been sent, or is sent before Prometheus has cleaned it, is shown again.
struct LostDeletions {
  private let ulid: ULID
  private var series: [UInt64: (count: Int, times: ClosedRange<Int64>)] = [:]

  /// What meta.json alone tells.
  /// - Parameter tombstones: path or key of the file.
  static func report(_ meta: BlockMeta?, tombstones: String, areThere: Bool, _ report: inout BlockReport) {
    guard let count = meta?.stats.tombstones, count > 0, !areThere else { return }
    report.find(
      .lostDeletions, file: tombstones,
      "meta.json counts \(count) deletions, and there are no tombstones: what was deleted is shown again")
  }

  /// Those of a local block. Blocks. Tombstones that cannot be read have a finding of their own.
  /// - Parameter tombstones: the local file, `nil` for none.
  init(_ tombstones: OpenFile?, of meta: BlockMeta) {
    ulid = meta.ulid
    guard let file = tombstones, let tombstones = try? Tombstones(FileBytes(mapping: file)) else { return }
    // They may say "from the beginning of time".
    let (first, last) = (meta.minTime, max(meta.minTime, meta.maxTime &- 1))
    for entry in tombstones.entries where entry.minTime <= entry.maxTime {
      let (low, high) = (min(max(entry.minTime, first), last), min(max(entry.maxTime, first), last))
      let (count, times) = series[entry.series] ?? (0, low...high)
      series[entry.series] = (count + 1, min(low, times.lowerBound)...max(high, times.upperBound))
    }
  }

  /// One for each series, up to as many as are named of any kind. Blocks.
  /// - Parameters:
  ///   - key: of the tombstones in the bucket.
  ///   - index: of the local block, which has the names of the series.
  func findings(_ key: String, index file: OpenFile?) -> [Finding] {
    if series.isEmpty { return [] }
    let sorted = series.sorted { $0.key < $1.key }
    let index = file.flatMap { try? Index(FileBytes(mapping: $0)) }
    let symbols = try? index?.symbols(checkingChecksum: false)
    var found = sorted.prefix(FaultList.kept).map { reference, lost in
      Finding(
        .lostDeletions, block: ulid, file: key, series: symbols.flatMap { index?.text(of: reference, $0) },
        "deleted here from \(Timestamp.text(lost.times.lowerBound)) to \(Timestamp.text(lost.times.upperBound));"
          + " the bucket has no tombstones, so it is shown again there", occurrences: lost.count)
    }
    let rest = sorted.dropFirst(FaultList.kept)
    if !rest.isEmpty {
      let count = rest.reduce(0) { $0 + $1.value.count }
      found.append(
        Finding(
          .lostDeletions, block: ulid, file: key, "and \(count) more, from \(rest.count) series",
          occurrences: count))
    }
    return found
  }
}
