/// `--output table`: the readable report, written at the end.
struct TableOutput: ReportSink {
  private var report: VerificationReport
  private let write: (String) throws -> Void
  private var isEmpty = true

  init(_ report: VerificationReport, write: @escaping (String) throws -> Void) {
    self.report = report
    self.write = write
  }

  mutating func add(_ report: BlockReport) async throws {
    isEmpty = false
    self.report.add(report)
  }

  mutating func add(_ report: BucketReport) async throws {
    isEmpty = isEmpty && report.isEmpty
    self.report.add(report)
  }

  mutating func finish(_ end: RunEnd) async throws {
    // Of a run that came to nothing its error says all there is to say.
    if end.interruption == nil || !isEmpty { try report.write(end, write) }
  }
}
