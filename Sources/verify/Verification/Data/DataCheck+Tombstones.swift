import TSDB

extension DataCheck {
  /// - Parameter index: `nil` where there is none: then nothing is said of the series.
  func checkTombstones(of index: IndexFindings?, _ reading: DataReading, _ report: inout BlockReport) async throws {
    guard let file = files.tombstones else { return }
    let series = index.flatMap { $0.counts.isComplete ? $0.series : nil }
    let state = TombstonesState(TombstonesCheck(file: file.name, size: file.size, series: series))
    var checked = try await reading.pass(file) { state.scan($0) }
    if checked.failure == nil { checked.faults = state.finish() }
    checked.settle(&report)
  }
}
