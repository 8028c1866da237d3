import ArgumentParser
import Console
import Logging
import ObjectStore
import Verification

struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Prove that blocks are whole, on disk, in a bucket, or as a copy of each other.",
    discussion: """
      With --tsdb.path alone the local blocks are checked, with a bucket alone the blocks in it. With both, every local \
      block is held against the bucket's: by the ETags and checksums that the store keeps, and byte for byte where those \
      do not tell. Nothing is written to either, save with --repair.

      SUBCOMMANDS (each with a --help of its own):
        verify explain  what a finding means, and what to do
        verify status   how much of a source was checked when, by --ledger

      \(ExitStatus.help([.good, .findings, .usage, .unfinished, .interrupted], words: [
        .good: "every block is good", .findings: "findings: something is missing, damaged or different",
        .unfinished: "something could not be looked at, and is named; the rest was checked, whatever was found",
      ]))
      """,
    version: Version.text)

  @OptionGroup(title: "Source") var source: DataDirectoryOptions
  @OptionGroup(title: "Bucket") var bucket: BucketOptions
  @OptionGroup(title: "Selection") var selection: SelectionOptions
  @OptionGroup(title: "Check") var check: VerificationFlags
  @OptionGroup(title: "Repair") var repair: RepairFlags
  @OptionGroup(title: "Transfers") var transfer: DownloadOptions
  @OptionGroup(title: "Output") var output: OutputFlags
  @OptionGroup(title: "Bit by bit") var rolling: RollingFlags
  @OptionGroup var progress: ProgressOptions
  @OptionGroup(title: "Logging") var logging: LoggingOptions

  func run() async throws {
    let logger = logging.logger("verify")
    let subject = try subject(logger)
    var options = try options(for: subject)
    let command = RepairCommand(
      folder: source.path, configFile: bucket.configFile, stateFolder: self.repair.stateFolder)
    options.kept = await self.repair.kept(subject, command)
    let repair = try await repair.repair(subject, options, command, logger)
    let run = VerificationRun(
      subject, options: options, outputs: output.options, rolling: rolling.options, progress: progress.progress,
      logger: logger)
    var candidates = RepairCandidates()
    var status = try await run.run(candidates: &candidates) { try Output.standard.write($0) }
    if let repair {
      status = try await repair.run(candidates, after: status) { try tell($0) }
    }
    if status != .good { throw status }
  }

  /// Behind a document on standard output nothing else may come.
  private func tell(_ lines: String) throws {
    guard output.output == .json else { return try Output.standard.write(lines) }
    for line in lines.split(separator: "\n") { ErrorOutput.shared.line(String(line)) }
  }

  private func options(for subject: Verification.Subject) throws -> VerificationOptions {
    let (hasFolder, hasBucket) =
      switch subject {
      case .folder: (true, false)
      case .bucket: (false, true)
      case .copy: (true, true)
      }
    return try check.options(
      try selection.selection(), concurrency: transfer.traffic.requests, hasFolder: hasFolder, hasBucket: hasBucket)
  }

  private func subject(_ logger: Logger) throws -> Verification.Subject {
    switch (source.path, try bucket.open(logger: logger, traffic: transfer.traffic)) {
    case (let path?, let bucket?): .copy(folder: path, bucket: bucket)
    case (let path?, nil): .folder(path)
    case (nil, let bucket?): .bucket(bucket)
    case (nil, nil):
      throw ValidationError("nothing to verify: give --tsdb.path, --objstore.config-file, or both to compare them")
    }
  }
}
