public import Console
public import Logging
import Platform
import Quantities

/// One run of `verify` with its display and its outputs.
public struct VerificationRun {
  private let verification: Verification
  private let subject: Verification.Subject
  private let source: String
  private let level: VerificationLevel
  private let outputs: OutputOptions
  private let rolling: RollingOptions
  private let progress: Progress
  private let logger: Logger

  public init(
    _ subject: Verification.Subject, options: VerificationOptions = VerificationOptions(),
    outputs: OutputOptions = OutputOptions(), rolling: RollingOptions = RollingOptions(), progress: ProgressStyle,
    logger: Logger
  ) {
    var options = options
    options.wantsHashes = outputs.sumsPath != nil
    verification = Verification(subject, options: options, logger: logger)
    self.subject = subject
    source = subject.source
    level = options.level
    self.outputs = outputs
    self.rolling = rolling
    self.progress = Progress(progress, logger: logger)
    self.logger = logger
  }

  /// - Parameters:
  ///   - candidates: gets what a repair would begin with.
  ///   - write: gets what is meant for standard output, also when the run ends early: then it says so.
  /// - Throws: what `Verification.run` throws; an error with status 2 for an output that cannot be written, before
  ///   anything is checked.
  public func run(
    candidates: inout RepairCandidates, _ write: @escaping (String) throws -> Void
  ) async throws -> ExitStatus {
    defer { progress.finish() }
    let start = ContinuousClock.now
    let (files, ledger) = try await open()
    defer { ledger?.release() }
    let schedule = RollingSchedule(budget: rolling.budget, ledger: ledger, source: source, level: level) {
      ContinuousClock.now - start
    }
    let sinks = ReportSinks(essential: [terminal(write)], files: files, logger: logger)
    var totals = RunTotals()
    func end(_ ending: RunEnd.Ending) -> RunEnd {
      RunEnd(
        finished: WallClock.milliseconds, seconds: (ContinuousClock.now - start) / .seconds(1), totals: totals,
        ending: ending, isGoodByLedger: schedule.isGoodByLedger)
    }
    do {
      try await sinks.begin(RunDescription(started: WallClock.milliseconds, source: source, level: level))
      try await check(by: schedule, into: sinks, &totals, &candidates)
    } catch {
      progress.finish()
      // The outputs have what was found out; why there is no more, the error says.
      try? await sinks.finish(end(.early(error is CancellationError ? "interrupted" : "\(error)")))
      throw error
    }
    progress.finish()
    try await sinks.finish(end(schedule.ending))
    return sinks.hasFailed ? .unfinished : totals.status
  }

  private func check(
    by schedule: RollingSchedule, into sinks: ReportSinks, _ totals: inout RunTotals,
    _ candidates: inout RepairCandidates
  ) async throws {
    var hasBlocks = false
    var known = 0
    try await verification.run(
      schedule: schedule, found: { known = $0 },
      begin: {
        hasBlocks = $0 > 0
        begin(blocks: $0, bytes: $1)
      },
      read: { [progress] in progress.advance(bytes: Int64(clamping: $0)) },
      whole: {
        totals.add($0)
        candidates.add($0)
        try await sinks.add($0)
      },
      checked: {
        totals.add($0)
        candidates.add($0)
        schedule.note($0)
        try await sinks.add($0)
        progress.finishBlock()
      })
    candidates.leaveUnseen(schedule.unseen)
    guard !hasBlocks else { return }
    // Nothing at all is no proof of anything.
    let words =
      known == 0
      ? "no block found; is the path, bucket or prefix right?"
      : "none of the \(known) blocks there is chosen: see --id, --min-time, --max-time and --selector"
    let finding = Finding(.noBlocks, block: nil, file: subject.place, words)
    totals.add(BucketReport(findings: [finding]))
    try await sinks.add(BucketReport(findings: [finding]))
  }

  /// Where there is a budget, that is the aim.
  private func begin(blocks: Int, bytes: UInt64?) {
    switch rolling.budget {
    case .time(let time)?: progress.begin("verify for \(PrometheusDuration.text(time))", blocks: blocks)
    case .bytes(let budget)?: progress.begin("verify", bytes: min(budget, bytes ?? budget), blocks: blocks)
    case nil: progress.begin("verify", bytes: bytes, blocks: blocks)
    }
  }

  private func open() async throws -> (files: [any ReportSink], ledger: Ledger?) {
    let (files, ledger) = try await BlockingPool.shared.run { [outputs, rolling, subject] in
      try subject.checkSides()
      try OutputPaths(outputs, rolling).check(against: subject)
      return (try outputs.openFiles(), try rolling.ledgerPath.map { path in try Ledger(path) })
    }
    let entries = ledger.map { ledger in
      LedgerOutput(ledger: ledger, source: source, level: level) { WallClock.milliseconds }
    }
    return (files + [entries].compactMap(\.self), ledger)
  }

  private func terminal(_ write: @escaping (String) throws -> Void) -> any ReportSink {
    switch outputs.format {
    case .json: JSONOutput(write: write)
    case .table:
      TableOutput(
        VerificationReport(
          listsFiles: outputs.listsFiles, maxFindings: outputs.maxFindings, allFindings: outputs.reportPath),
        write: write)
    }
  }
}
