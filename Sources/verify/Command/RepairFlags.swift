import ArgumentParser
import Logging
import Platform
import Verification

/// `--repair`, `--dry-run` and `--state-dir`.
struct RepairFlags: ParsableArguments {
  @Flag(
    name: .customLong("repair"),
    help: """
      Send again from the local folder the objects that are missing or differ, if the local block is wholly good; \
      meta.json is taken away first and put back last. Strays are left alone.
      """)
  var isWanted = false

  @Flag(name: .customLong("dry-run"), help: "With --repair: say what it would do, and do nothing.")
  var isRehearsal = false

  @Option(
    name: .customLong("state-dir"),
    help: ArgumentHelp(
      "Where --repair keeps a block's meta.json while it is away from the bucket. (default: "
        + "$XDG_STATE_HOME/blockhaul, or ~/.local/state/blockhaul)",
      valueName: "folder"))
  var stateFolder: String?

  func validate() throws {
    if !isWanted, isRehearsal {
      throw ValidationError("--dry-run is about --repair: give both, or neither; a verification writes nothing")
    }
    if stateFolder?.isEmpty == true { throw ValidationError("--state-dir is empty: give a folder, or leave it out") }
  }

  /// What interrupted repairs of the bucket left.
  func kept(_ subject: Verification.Subject, _ command: RepairCommand) async -> KeptMetas {
    switch subject {
    case .folder: .none
    case .bucket(let bucket), .copy(_, let bucket):
      await BlockingPool.shared.run { [stateFolder] in KeptMetas(root: stateFolder, bucket: bucket, command: command) }
    }
  }

  /// - Returns: `nil` if none is wanted.
  /// - Throws: a usage error where one side is missing, `StateError`.
  func repair(
    _ subject: Verification.Subject, _ options: VerificationOptions, _ command: RepairCommand, _ logger: Logger
  ) async throws -> Repair? {
    guard isWanted else { return nil }
    guard case .copy(let folder, let bucket) = subject else {
      throw ValidationError("--repair sends local files to a bucket: give both --tsdb.path and --objstore.config-file")
    }
    guard options.level >= .checksum else {
      throw ValidationError("--repair needs to know which objects differ: leave out --level presence")
    }
    return try await Repair(
      folder: folder, bucket: bucket, options: options, stateFolder: stateFolder, isRehearsal: isRehearsal,
      command: command, logger: logger)
  }
}
