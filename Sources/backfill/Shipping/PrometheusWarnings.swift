import PrometheusAPI
import Quantities
import TSDB
import Thanos

/// What a running Prometheus may do to blocks while they are being sent, with the numbers.
struct PrometheusWarnings: Sendable {
  struct Block: Equatable, Sendable {
    let ulid: ULID
    /// Milliseconds since 1970, exclusive.
    let maxTime: Int64
  }

  /// How far ahead of a deletion it is worth a word: an upload of a year may well take a day.
  static let horizon: Int64 = 86_400_000
  /// The part of the allowed size from which on it is worth a word. Prometheus counts its write-ahead log, too.
  static let fullness = 0.9

  /// One line each.
  let lines: [String]

  /// - Parameters:
  ///   - uploads: the blocks that are to be sent.
  ///   - newest: the latest end of any block of the folder, from which Prometheus counts its retention.
  ///   - size: bytes of all blocks of the folder.
  init(_ facts: PrometheusFacts, uploads: [Block], newest: Int64, size: UInt64) {
    var lines: [String] = []
    if facts.compacts, !uploads.isEmpty, let shortest = facts.minBlockDuration, let longest = facts.maxBlockDuration {
      lines.append(
        "Prometheus compacts its blocks itself (--storage.tsdb.min-block-duration \(Self.text(shortest)),"
          + " --storage.tsdb.max-block-duration \(Self.text(longest))), so a block may be gone before its turn;"
          + " run again then, or use --snapshot")
    }
    if let retention = facts.retentionTime, let line = Self.time(retention, uploads, newest: newest) {
      lines.append(line)
    }
    if let limit = facts.retentionSize, !uploads.isEmpty, Double(size) >= Double(limit) * Self.fullness {
      let oldest = uploads.min { ($0.maxTime, $0.ulid) < ($1.maxTime, $1.ulid) }
      lines.append(
        "Prometheus keeps \(ByteSize.text(limit)) (--storage.tsdb.retention.size), its blocks take"
          + " \(ByteSize.text(size)): it is about to delete the oldest of them" + (oldest.map { ", from \($0.ulid) on" } ?? ""))
    }
    self.lines = lines
  }

  /// Prometheus deletes a block that ends the whole retention before the newest one does.
  ///
  /// Source: `tsdb/db.go` (`BeyondTimeRetention`).
  private static func time(_ retention: Int64, _ uploads: [Block], newest: Int64) -> String? {
    func left(_ block: Block) -> Int64 {
      let (age, overflow) = newest.subtractingReportingOverflow(block.maxTime)
      return overflow ? 0 : retention - max(0, age)
    }
    let endangered = uploads.filter { left($0) <= horizon }.sorted { ($0.maxTime, $0.ulid) < ($1.maxTime, $1.ulid) }
    guard let first = endangered.first else { return nil }
    let soon = left(first)
    let when = soon <= 0 ? "at its next compaction" : "when its newest block is \(text(soon)) further"
    let count = endangered.count == 1 ? "1 block" : "\(endangered.count) blocks"
    return
      "Prometheus keeps \(text(retention)) (--storage.tsdb.retention.time) and is about to delete \(count) of this"
      + " plan, the first of them, \(first.ulid), \(when); run it soon, or use --snapshot"
  }

  private static func text(_ milliseconds: Int64) -> String { PrometheusDuration.text(.milliseconds(milliseconds)) }
}

extension PrometheusWarnings {
  init(_ facts: PrometheusFacts, of plan: UploadPlan) {
    self.init(
      facts,
      uploads: plan.uploads.compactMap { block in
        block.local.map { Block(ulid: block.ulid, maxTime: $0.meta.maxTime) }
      },
      newest: plan.blocks.compactMap { $0.local?.meta.maxTime }.max() ?? 0,
      size: plan.blocks.reduce(0) { $0 &+ $1.size })
  }
}
