public import Console
public import Delivery
public import Logging
public import ObjectStore
import Platform
import Quantities
import TSDB
import Thanos

/// Sends again, from the local folder, what a bucket's blocks lack or have otherwise.
public struct Repair: Sendable {
  private let folder: String
  private let bucket: any Bucket
  private let options: VerificationOptions
  private let saved: SavedMetas
  private let isRehearsal: Bool
  private let command: RepairCommand
  private let logger: Logger

  /// - Parameters:
  ///   - folder: Prometheus' data folder.
  ///   - options: those of the verification before.
  ///   - stateFolder: where a meta.json is kept while it is away from the bucket; `nil` for the usual place.
  ///   - isRehearsal: whether it only says what it would do.
  ///   - command: what is to be typed to go on with a repair that was broken off.
  /// - Throws: `StateError`, before hours are spent on a verification.
  public init(
    folder: String, bucket: any Bucket, options: VerificationOptions, stateFolder: String?, isRehearsal: Bool = false,
    command: RepairCommand = RepairCommand(), logger: Logger
  ) async throws(StateError) {
    saved = try await BlockingPool.shared.run { () throws(StateError) in
      try SavedMetas(root: stateFolder, bucket: bucket, outside: folder, writes: !isRehearsal)
    }
    self.isRehearsal = isRehearsal
    self.folder = folder
    self.bucket = bucket
    self.options = options
    self.command = command
    self.logger = logger
  }

  /// Says what it will do for all blocks, and does it unless this is a rehearsal.
  /// - Parameters:
  ///   - candidates: what the verification found.
  ///   - status: what the verification ended with.
  ///   - write: gets every line as soon as it is known.
  /// - Returns: `.good` if everything that was found has been repaired, and confirmed.
  /// - Throws: `FileError`, `CancellationError`. What concerns one block is a line.
  public func run(
    _ candidates: RepairCandidates, after status: ExitStatus, _ write: (String) throws -> Void
  ) async throws -> ExitStatus {
    defer { saved.release() }
    if !isRehearsal { try await forgetReturned() }
    func line(_ text: String) throws { try write(TerminalText.escaped(text) + "\n") }
    for ulid in candidates.unseen { try line("not looked at: \(ulid): the budget was used up before its turn") }
    guard !candidates.blocks.isEmpty else {
      try line(candidates.hasOthers ? "nothing that sending objects again would repair" : "nothing to repair")
      return status
    }
    var drafts: [RepairDraft] = []
    var refused = 0
    func refuse(_ ulid: ULID, _ reason: String) throws {
      refused += 1
      try line("not repaired: \(ulid): \(reason)")
    }
    for ulid in candidates.blocks {
      switch try await assess(ulid) {
      case .nothing:
        if let left = try await verify(ulid) {
          try refuse(ulid, "no local file puts right what was found: \(left)")
        } else {
          try line("good by now: \(ulid)")
        }
      case .refused(let reason): try refuse(ulid, reason)
      case .draft(let draft):
        drafts.append(draft)
        for text in draft.lines { try line(text) }
      }
    }
    let objects = drafts.reduce(0) { $0 + $1.objects.count }
    let size = ByteSize.text(drafts.reduce(0) { $0 &+ $1.size })
    if isRehearsal {
      try line("would repair \(drafts.count) blocks, sending \(objects) objects (\(size)); \(refused) cannot be repaired")
      return status
    }
    let failed = try await carryOut(drafts, line)
    try line("\(drafts.count - failed) repaired, \(failed + refused) not repaired; \(objects) objects (\(size)) to send")
    if status == .unfinished { return .unfinished }
    return failed + refused > 0 || candidates.hasOthers ? .findings : .good
  }

  /// A meta.json that is back in the bucket, by a repair that was killed before it could say so or by whoever sent the
  /// block anew, is no longer kept: it must never come back over another one.
  private func forgetReturned() async throws {
    for ulid in try await BlockingPool.shared.run({ [saved] () throws(FileError) in try saved.kept() }) {
      let block = try? await BucketBlocks(bucket).describe(ulid)
      guard block?.description?.thanos != nil else { continue }
      try await BlockingPool.shared.run { [saved] () throws(FileError) in try saved.forget(saved.path(of: ulid)) }
    }
  }

  private func assess(_ ulid: ULID) async throws -> RepairAssessment {
    let local = BlockFolder(ulid: ulid, path: "\(folder)/\(ulid)")
    return try await BlockAssessment(
      folder: local, bucket: bucket, saved: saved, downloads: options.downloads, width: options.concurrency
    ).run()
  }

  /// - Returns: how many blocks could not be repaired.
  private func carryOut(
    _ drafts: [RepairDraft], _ line: (String) throws -> Void
  ) async throws -> Int {
    var failed = 0
    // One block after the other: each is without meta.json for as short as may be.
    for draft in drafts {
      let ulid = draft.folder.ulid
      do throws(BlockRepair.Failure) {
        try await BlockRepair(
          draft: draft, bucket: bucket, saved: saved, downloads: options.downloads, width: options.concurrency,
          logger: logger
        ).run()
      } catch {
        failed += 1
        try line("not repaired: \(ulid): \(words(for: error, of: ulid))")
        if error.cause is CancellationError { throw error.cause }
        continue
      }
      if let left = try await verify(ulid) {
        failed += 1
        try line("not repaired: \(ulid): \(left)")
      } else {
        try line("repaired: \(ulid)")
      }
    }
    return failed
  }

  private func words(for failure: BlockRepair.Failure, of ulid: ULID) -> String {
    let cause = failure.cause is CancellationError ? "interrupted" : "\(failure.cause)"
    if let path = failure.kept {
      return "\(cause); its meta.json is away from the bucket and kept in \(path): run this again to go on:"
        + " \(command.text(for: ulid))"
    }
    return failure.isUnchanged ? "\(cause); nothing was changed in the bucket" : cause
  }

  /// - Returns: what is still wrong with a block that should have been repaired; `nil` for nothing.
  private func verify(_ ulid: ULID) async throws -> String? {
    var options = options
    options.selection.ids = [ulid]
    options.checksBucket = false
    var left: String?
    try await Verification(.copy(folder: folder, bucket: bucket), options: options, logger: logger).run { report in
      let worst = report.findings.first { $0.severity > .note && RepairCandidates.repairable.contains($0.id) }
      left = worst.map(Self.words) ?? report.unfinished.first?.reason
    }
    return left
  }

  private static func words(for left: Finding) -> String {
    let words = "\(left.id.rawValue): \(left.file): \(left.message)"
    guard left.file.hasSuffix("/\(BlockFolder.tombstonesName)") else { return words }
    return words + "; Thanos does not read tombstones, and they are left as they are"
  }
}
