import ObjectStore
import OrderedJSON
import Platform
import TSDB
import Thanos

/// Checks that a bucket holds a true copy of a local block.
struct CopyCheck {
  let bucket: any Bucket
  let folder: BlockFolder
  /// The blocks of the bucket, among which there may be none of its ULID.
  let blocks: CopiedBlocks
  let options: VerificationOptions
  /// Objects at a time.
  let width: Int

  /// Adds to the report of the local files. What fails for one object is left out and named.
  /// - Throws: `CancellationError`.
  func run(_ report: inout BlockReport) async throws {
    let away = CopyAway(folder: folder, blocks: blocks, options: options, width: width)
    guard let remote = blocks[folder.ulid] else { return try await away.reportGone(&report) }
    var presence = BucketPresence(
      bucket: bucket, block: remote, wantsLabels: options.checksBucket != true, kept: options.kept, width: width,
      deleteDelay: options.deleteDelay)
    presence.isCopy = true
    let local = report
    let held: BucketPresence.Held
    switch try await presence.run(&report) {
    case .nothing, .beingDeleted: return try await away.reportGone(&report)
    case .notWhole: return
    case .held(let found): held = found
    }
    try await away.report(held.mark, of: remote, &report)
    try await compare(try await LocalFiles(folder, options.meter, &report), remote, held, &report)
    guard report.findings.contains(where: { $0.id == .missingObject }), try await isDeleted(remote) else { return }
    // The compactor goes on while a run lasts.
    report = local
    try await away.reportGone(&report)
  }

  /// Whether the block has been deleted since its meta.json, which goes first, was read.
  private func isDeleted(_ remote: BucketBlock) async throws -> Bool {
    do {
      return remote.description != nil ? try await !bucket.exists(remote.objects.meta) : false
    } catch is BucketError {
      return false
    }
  }

  private func compare(
    _ local: LocalFiles, _ remote: BucketBlock, _ held: BucketPresence.Held, _ report: inout BlockReport
  ) async throws {
    if let meta = local.meta { compareMeta(meta, remote, &report) }
    // Tombstones are compared where the bucket has them too: most uploaders leave them out.
    let files = local.files.filter {
      $0.path != BlockFolder.tombstonesName || held.listing.size(of: $0.path) != nil
    }
    try await compare(files, remote, held, &report)
    let paths = Set(files.map { Array($0.path.utf8) })
    for object in held.expected where !paths.contains(Array(object.path.utf8)) {
      // What the local block lacks, or what cannot be opened there, has been said.
      guard !report.blames(folder, for: object.path) else { continue }
      report.find(.strayObject, file: object.key, "the bucket's block has it, the local one does not")
    }
  }

  private func compareMeta(_ local: BlockMeta, _ remote: BucketBlock, _ report: inout BlockReport) {
    guard let there = remote.description?.meta else { return }
    for difference in MetaComparison(local: local, remote: there).differences() {
      report.find(
        .metaMismatch, file: remote.objects.meta,
        "\"\(difference.key)\" is \(difference.remote?.text() ?? "missing") there and"
          + " \(difference.local?.text() ?? "missing") here")
    }
  }

  // MARK: Files

  private func compare(
    _ files: [LocalFiles.File], _ remote: BucketBlock, _ held: BucketPresence.Held, _ report: inout BlockReport
  ) async throws {
    var same: [(file: LocalFiles.File, listed: ObjectAttributes)] = []
    for file in files {
      if let listed = compareSize(file, remote, held.listing, &report) { same.append((file, listed)) }
    }
    guard options.level >= .checksum else { return }
    let outcomes = try await OrderedWork.map(same, width: width) { try await prove($0.file, remote, $0.listed) }
    var unproved = UnprovedObjects(block: remote.objects)
    for ((file, _), outcome) in zip(same, outcomes) { settle(file, outcome, remote, &unproved, &report) }
    unproved.settle(&report)
  }

  /// - Returns: what the listing says of an object of the file's size.
  private func compareSize(
    _ file: LocalFiles.File, _ remote: BucketBlock, _ listing: ObjectListing, _ report: inout BlockReport
  ) -> ObjectAttributes? {
    let key = remote.objects.prefix + file.path
    guard let listed = listing.attributes(of: file.path) else {
      if let obstacle = listing.obstacle(to: file.path) {
        report.leaveUnfinished(key, obstacle)
      } else if !report.has(.missingObject, of: key) {
        // meta.json may have listed it, and the listing have found it missing, already.
        report.find(.missingObject, file: key, "the local block has it, the bucket does not")
      }
      return nil
    }
    guard listed.size == file.file.size else {
      report.find(
        .sizeMismatch, file: key, "the local file has \(file.file.size) bytes, the object \(listed.size)")
      return nil
    }
    report.add([.size], to: file.path, size: listed.size)
    return listed
  }

  private func prove(
    _ file: LocalFiles.File, _ remote: BucketBlock, _ listed: ObjectAttributes
  ) async throws -> Result<CopyProof.Outcome, any Error> {
    let proof = CopyProof(
      bucket: bucket, key: remote.objects.prefix + file.path, file: file.file, listed: listed,
      downloads: options.downloads)
    do {
      let outcome = try await proof.run()
      guard case .differs(let offset, let reason) = outcome, let sha256 = listedHash(file.path, remote) else {
        return .success(outcome)
      }
      let side = try await ListedSide(proof: proof, sha256: sha256).words()
      return .success(.differs(offset: offset, "\(reason); \(side)"))
    } catch let error where error is BucketError || error is FileError {
      return .failure(error)
    }
  }

  private func listedHash(_ path: String, _ remote: BucketBlock) -> String? {
    remote.description?.thanos?.files.first { $0.path.utf8.elementsEqual(path.utf8) }?.sha256
  }

  private func settle(
    _ file: LocalFiles.File, _ outcome: Result<CopyProof.Outcome, any Error>, _ remote: BucketBlock,
    _ unproved: inout UnprovedObjects, _ report: inout BlockReport
  ) {
    let key = remote.objects.prefix + file.path
    // At least once, for the digest that the store's evidence asks for.
    report.bytesRead &+= file.file.size
    switch outcome {
    case .success(.equal(let evidence, let sha256)):
      report.add([evidence], to: file.path, size: file.file.size)
      if let sha256 {
        report.bytesRead &+= file.file.size
        report.add(sha256: sha256, to: file.path)
      }
      judgeListed(file, remote, &report)
    case .success(.differs(let offset, let reason)):
      report.find(.contentMismatch, file: key, offset: offset, reason)
    case .success(.unknown(let reason)):
      unproved.add(file.path, reason, &report)
      judgeListed(file, remote, &report)
    case .failure(let error as BucketError): report.take(error, reading: key)
    case .failure(let error as FileError): report.take(error, reading: file.file.path)
    case .failure(let error): report.leaveUnfinished(key, "\(error)")
    }
  }

  /// The hash that meta.json lists must be that of the bytes too: whoever restores goes by it.
  private func judgeListed(_ file: LocalFiles.File, _ remote: BucketBlock, _ report: inout BlockReport) {
    guard let listed = listedHash(file.path, remote), let entry = report.file(file.path), let own = entry.sha256 else {
      return
    }
    guard listed == own else {
      let holders = entry.isUnproved ? "the local file has" : "the file and the object have"
      return report.find(
        .hashMismatch, file: remote.objects.meta, "lists SHA-256 \(listed) for \(file.path), \(holders) \(own)")
    }
    // Of an object that is not proved to be the file it says nothing.
    if !entry.isUnproved { report.add([.sha256], to: file.path, size: file.file.size) }
  }
}

extension BlockReport {
  /// Whether a local file that is not compared has been reported by its own path.
  fileprivate func blames(_ folder: BlockFolder, for path: String) -> Bool {
    let name = "\(folder.path)/\(path)"
    return has(.missingFile, of: name) || has(.unreadable, of: name) || leavesUnfinished(name)
  }
}
