import BlockBytes
import TSDB

extension DataCheck {
  /// - Parameter index: `nil` where there is none: then nothing is said of the series.
  func checkTombstones(of index: IndexFindings?, _ reading: DataReading, _ report: inout BlockReport) async throws {
    guard let file = files.tombstones else { return }
    let series = index.flatMap { $0.counts.isComplete ? $0.series : nil }
    let state = TombstonesState(TombstonesCheck(file: file.name, size: file.size, series: series))
    var checked = try await reading.pass(file) { state.scan($0) }
    if checked.failure == nil {
      let (faults, count) = state.finish()
      checked.faults = faults
      if let count { compare(count, &checked.faults) }
      try await name(&checked.faults, index, reading, &report)
    }
    checked.settle(&report)
  }

  /// Prometheus counts in meta.json what it writes into the file.
  private func compare(_ count: UInt64, _ faults: inout FaultList) {
    guard let wanted = meta?.stats.tombstones, wanted != Int64(clamping: count) else { return }
    faults.append(
      BlockFault(
        .countMismatch, file: files.metaName, "meta.json says \(wanted) deletions, the tombstones are \(count)"))
  }
}
