public import Console
public import Logging

/// One run of `verify` with its display.
public struct VerificationRun {
  private let verification: Verification
  private let place: String
  private let listsFiles: Bool
  private let progress: Progress

  public init(
    _ subject: Verification.Subject, options: VerificationOptions = VerificationOptions(), listsFiles: Bool,
    progress: ProgressStyle, logger: Logger
  ) {
    verification = Verification(subject, options: options, logger: logger)
    place = subject.place
    self.listsFiles = listsFiles
    self.progress = Progress(progress, logger: logger)
  }

  /// - Parameters:
  ///   - candidates: gets what a repair would begin with.
  ///   - write: gets the report, also when the run ends early: then with a line that says so.
  /// - Throws: what `Verification.run` throws.
  public func run(
    candidates: inout RepairCandidates, _ write: (String) throws -> Void
  ) async throws -> ExitStatus {
    defer { progress.finish() }
    var report = VerificationReport(listsFiles: listsFiles)
    do {
      try await verification.run(
        begin: { progress.begin("verify", blocks: $0) },
        whole: {
          report.add($0)
          candidates.add($0)
        },
        checked: {
          report.add($0)
          candidates.add($0)
          progress.finishBlock()
        })
    } catch {
      progress.finish()
      if !report.isEmpty { try write(report.text + "ended early: not every block was checked\n") }
      throw error
    }
    progress.finish()
    report.finish(place)
    try write(report.text)
    return report.status
  }
}
