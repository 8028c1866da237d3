public import Console
public import Inspection
import Quantities
public import TSDB
public import Thanos

/// All that a plan is made of: the blocks that can be reckoned with, and what was left out.
public struct PlanInput: Sendable {
  /// A block that does not count, and why.
  public struct LeftOut: Sendable {
    public let ulid: ULID
    public let reason: String
  }

  public let blocks: [StoredBlock]
  public let leftOut: [LeftOut]
  /// Bytes of everything in the source, blocks that were left out included.
  public let bytes: UInt64

  /// Nothing to plan with.
  public struct NoBlocks: ErrorWithExitStatus, CustomStringConvertible {
    public let description: String
    public var exitStatus: ExitStatus { .usage }
  }

  /// - Parameters:
  ///   - rows: of the source, in any order.
  ///   - reasons: what the markers of a block say, where that is known.
  ///   - clock: ms since 1970; blocks that end more than a day later are left out, since a clock that was wrong must not
  ///     move the plan's own time.
  /// - Throws: `NoBlocks`.
  public init(_ rows: [BlockRow], reasons: [ULID: [Marker.Kind: String]] = [:], clock: Int64) throws(NoBlocks) {
    var blocks: [StoredBlock] = []
    var leftOut: [LeftOut] = []
    var bytes: UInt64 = 0
    for row in rows {
      bytes = Self.sum(bytes, row.sizes?.total ?? 0)
      guard let description = row.description, let sizes = row.sizes else {
        leftOut.append(LeftOut(ulid: row.ulid, reason: row.state))
        continue
      }
      if let reason = Self.impossibility(of: description.meta, clock: clock) {
        leftOut.append(LeftOut(ulid: row.ulid, reason: reason))
        continue
      }
      let markers = row.markers.reduce(into: [:]) { $0[$1] = reasons[row.ulid]?[$1] ?? "" }
      blocks.append(StoredBlock(description, sizes: sizes, index: row.index, markers: markers))
    }
    guard !blocks.isEmpty else {
      let reasons = leftOut.first.map { ": \($0.ulid): \($0.reason)" } ?? ""
      throw NoBlocks(description: "there is no block to plan with, of \(rows.count) in the source\(reasons)")
    }
    (self.blocks, self.leftOut, self.bytes) = (blocks, leftOut, bytes)
  }

  /// Why nothing can be reckoned from a block's meta.json.
  private static func impossibility(of meta: BlockMeta, clock: Int64) -> String? {
    let day = Int64(PlanTime.day)
    let (latest, overflow) = clock.addingReportingOverflow(day)
    if meta.maxTime > (overflow ? .max : latest) {
      return "it ends in the future, at \(Timestamp.text(meta.maxTime)): a clock was wrong"
    }
    // Older than Prometheus' first block can be; it also bounds all arithmetic on times.
    if meta.minTime < -100_000 * day { return "it begins at \(Timestamp.text(meta.minTime)), which is no time of a sample" }
    if meta.maxTime <= meta.minTime { return "it covers no time" }
    if meta.stats.samples < 0 || meta.stats.series < 0 || meta.stats.chunks < 0 { return "its counts are negative" }
    return nil
  }

  static func sum(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
  }
}
