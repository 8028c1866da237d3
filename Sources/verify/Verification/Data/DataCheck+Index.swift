import BlockBytes
import Platform
import TSDB

extension DataCheck {
  /// - Returns: `nil` where there is no index; no findings where it could not be read.
  func checkIndex(_ reading: DataReading) async throws -> Checked<IndexFindings?>? {
    guard let file = files.index else { return nil }
    let read: IndexFindings.Read = { try await data.read(file, $0) }
    var tail: [UInt8] = []
    let start = file.size - min(file.size, IndexStreamCheck.tailSize)
    let failure = try await reading.failure { tail = try await read(start..<file.size) }
    if let failure { return Checked(file: CheckedFile(file: file, failure: failure), result: nil) }
    let state = IndexState(
      IndexStreamCheck(file: file.name, size: file.size, tail: tail, surroundings: surroundings))
    var checked = try await reading.pass(file) { state.scan($0) }
    var findings = state.finish(endsHere: checked.failure == nil)
    if checked.failure == nil {
      checked.failure = try await reading.failure {
        try await findings.judgePostings(read: read)
        try await findings.name(read: read)
      }
    }
    checked.faults = findings.faults
    checked.isWhole = findings.isReadable
    return Checked(file: checked, result: findings)
  }

  private var surroundings: IndexSurroundings {
    let sizes = files.lackSegments ? nil : files.segments.map(\.size)
    return IndexSurroundings(times: meta.map { ($0.minTime, $0.maxTime) }, segmentSizes: sizes)
  }
}
