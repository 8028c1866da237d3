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
      With --tsdb.path alone the local blocks are checked, with a bucket alone the blocks in it (sizes, SHA-256 where \
      meta.json has it, every CRC-32C). With both, every local block is read back from the bucket and compared byte for \
      byte. Nothing is written to either.

      SUBCOMMANDS (each with a --help of its own):
        verify explain  what a finding means, and what to do
        verify status   how much of a source was checked when, by --ledger

      \(ExitStatus.help([.good, .findings, .usage, .unfinished, .interrupted], words: [
        .good: "every block is good", .findings: "findings: something is missing, damaged or different",
      ]))
      """,
    version: Version.text)

  @OptionGroup(title: "Source") var source: DataDirectoryOptions
  @OptionGroup(title: "Bucket") var bucket: BucketOptions
  @OptionGroup(title: "Output") var output: OutputFlags
  @OptionGroup(title: "Bit by bit") var rolling: RollingFlags
  @OptionGroup var progress: ProgressOptions
  @OptionGroup(title: "Logging") var logging: LoggingOptions

  func run() async throws {
    let logger = logging.logger("verify")
    let run = VerificationRun(
      try subject(logger), outputs: output.options, rolling: rolling.options, progress: progress.progress, logger: logger)
    let status = try await run.run { try Output.standard.write($0) }
    if status != .good { throw status }
  }

  private func subject(_ logger: Logger) throws -> Verification.Subject {
    switch (source.path, try bucket.open(logger: logger)) {
    case (let path?, let bucket?): .copy(folder: path, bucket: bucket)
    case (let path?, nil): .folder(path)
    case (nil, let bucket?): .bucket(bucket)
    case (nil, nil):
      throw ValidationError("nothing to verify: give --tsdb.path, --objstore.config-file, or both to compare them")
    }
  }
}
