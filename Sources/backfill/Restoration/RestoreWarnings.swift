import Quantities
import TSDB
import Thanos

/// What a person should know of a restore before it is done.
struct RestoreWarnings {
  private(set) var lines: [String] = []

  /// Prometheus' own `--storage.tsdb.retention.time` where nothing is set, ms.
  private static let defaultRetention: Int64 = 15 * 86_400_000

  init(_ plan: RestorePlan, _ destination: Destination) {
    for block in plan.blocks {
      guard let damage = block.damage else { continue }
      lines.append("\(block.ulid): the folder has it whole; \(damage)")
    }
    let coming = plan.restores
    var beside = destination.blocks.compactMap(\.local)
    for block in coming {
      guard let contents = block.contents else { continue }
      if contents.isMarkedForDeletion {
        lines.append("\(block.ulid): it is marked for deletion in the bucket; it comes since --id asks for it")
      }
      if let first = contents.strays.first {
        let others = contents.strays.count > 1 ? " and \(contents.strays.count - 1) more" : ""
        lines.append("\(block.ulid): \(first)\(others) stays behind: no file of a block")
      }
      overlap(block, beside)
      if let description = block.description { beside.append(description) }
    }
    mixture(coming)
    retention(coming, destination)
    if !coming.isEmpty, destination.isInUse {
      lines.append(
        "a Prometheus has \(destination.path) open: it takes the blocks up by itself, within a minute of their coming")
    }
  }

  private mutating func overlap(_ block: PlannedRestore, _ beside: [BlockDescription]) {
    guard let meta = block.description?.meta else { return }
    let others = beside.filter { other in
      other.ulid != block.ulid && meta.minTime < other.meta.maxTime && other.meta.minTime < meta.maxTime
    }
    guard let first = others.first else { return }
    let more = others.count > 1 ? " and \(others.count - 1) more" : ""
    lines.append(
      "\(block.ulid): shares time with \(first.ulid)\(more); Prometheus takes that from 2.39 on, before"
        + " with --storage.tsdb.allow-overlapping-blocks only")
  }

  private mutating func mixture(_ coming: [PlannedRestore]) {
    let labels = Set(coming.compactMap(\.description?.labels))
    guard labels.count > 1 else { return }
    let texts = labels.map { "\($0)" }.sorted().joined(separator: ", ")
    lines.append(
      "blocks of \(labels.count) sets of external labels (\(texts)) come into one folder: Prometheus does not know"
        + " them, series that differ in nothing else become one; choose one with --selector")
  }

  /// Prometheus counts from the end of the newest block, not from now.
  private mutating func retention(_ coming: [PlannedRestore], _ destination: Destination) {
    let inFolder = destination.blocks.compactMap { $0.local?.meta.maxTime }
    guard let newest = (coming.compactMap { $0.description?.meta.maxTime } + inFolder).max() else { return }
    let old = coming.filter { block in
      guard let end = block.description?.meta.maxTime else { return false }
      let distance = newest.subtractingReportingOverflow(end)
      return distance.overflow || distance.partialValue >= Self.defaultRetention
    }
    guard let first = old.first else { return }
    let more = old.count > 1 ? " and \(old.count - 1) more" : ""
    lines.append(
      "\(first.ulid)\(more): ends 15 days or more before the newest data (\(Timestamp.text(newest))): with its default"
        + " retention Prometheus deletes it again; start it with --storage.tsdb.retention.time")
  }
}
