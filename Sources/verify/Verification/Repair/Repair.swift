public import Console
import Delivery
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
  private let stateFolder: String?
  private let logger: Logger

  /// - Parameters:
  ///   - folder: Prometheus' data folder.
  ///   - options: those of the verification before.
  ///   - stateFolder: where a meta.json is kept while it is away from the bucket; `nil` for the usual place.
  public init(folder: String, bucket: any Bucket, options: VerificationOptions, stateFolder: String?, logger: Logger) {
    self.folder = folder
    self.bucket = bucket
    self.options = options
    self.stateFolder = stateFolder
    self.logger = logger
  }

  /// Says what it will do for all blocks, and does it unless this is a rehearsal.
  /// - Parameters:
  ///   - candidates: what the verification found.
  ///   - status: what the verification ended with.
  ///   - write: gets every line as soon as it is known.
  /// - Returns: `.good` if everything that was found has been repaired, and confirmed.
  /// - Throws: `StateError`, `FileError`, `CancellationError`. What concerns one block is a line.
  public func run(
    _ candidates: RepairCandidates, after status: ExitStatus, isRehearsal: Bool, _ write: (String) throws -> Void
  ) async throws -> ExitStatus {
    guard !candidates.blocks.isEmpty else {
      try write("nothing to repair\n")
      return status
    }
    let saved = try await BlockingPool.shared.run { [stateFolder, bucket] () throws(StateError) in
      try SavedMetas(root: stateFolder, bucket: bucket.location)
    }
    func line(_ text: String) throws { try write(TerminalText.escaped(text) + "\n") }
    var drafts: [RepairDraft] = []
    var refused = 0
    for ulid in candidates.blocks {
      switch try await assess(ulid, saved) {
      case .nothing: continue
      case .refused(let reason):
        refused += 1
        try line("not repaired: \(ulid): \(reason)")
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
    let failed = try await carryOut(drafts, saved, line)
    try line("\(drafts.count - failed) repaired, \(failed + refused) not repaired; \(objects) objects (\(size)) to send")
    if status == .unfinished { return .unfinished }
    return failed + refused > 0 || candidates.hasOthers ? .findings : .good
  }

  private func assess(_ ulid: ULID, _ saved: SavedMetas) async throws -> RepairAssessment {
    let local = BlockFolder(ulid: ulid, path: "\(folder)/\(ulid)")
    return try await BlockAssessment(
      folder: local, bucket: bucket, saved: saved, downloads: options.downloads, width: options.concurrency).run()
  }

  /// - Returns: how many blocks could not be repaired.
  private func carryOut(
    _ drafts: [RepairDraft], _ saved: SavedMetas, _ line: (String) throws -> Void
  ) async throws -> Int {
    var failed = 0
    // One block after the other: each is without meta.json for as short as may be.
    for draft in drafts {
      let ulid = draft.folder.ulid
      do {
        try await BlockRepair(
          draft: draft, bucket: bucket, saved: saved, width: options.concurrency, logger: logger).run()
        if let left = try await verify(ulid) {
          failed += 1
          try line("not repaired: \(ulid): \(left)")
        } else {
          try line("repaired: \(ulid)")
        }
      } catch let error where error is BucketError || error is FileError || error is BlockRepair.NotArrived {
        failed += 1
        let kept = "; its meta.json is kept in \(saved.path(of: ulid)): run this again to go on"
        try line("not repaired: \(ulid): \(error)\(draft.objects.isEmpty ? "" : kept)")
      }
    }
    return failed
  }

  /// - Returns: what is still wrong with a block that should have been repaired; `nil` for nothing.
  private func verify(_ ulid: ULID) async throws -> String? {
    var options = options
    options.selection.ids = [ulid]
    options.checksBucket = false
    var left: String?
    try await Verification(.copy(folder: folder, bucket: bucket), options: options, logger: logger).run { report in
      let worst = report.findings.first { RepairCandidates.repairable.contains($0.id) }
      left = worst.map { "\($0.id.rawValue): \($0.file): \($0.message)" } ?? report.unfinished.first?.reason
    }
    return left
  }
}
