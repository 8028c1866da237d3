import ObjectStore
import OrderedJSON
import Platform
import TSDB
import Thanos

/// Checks that a bucket holds a true copy of a local block.
struct CopyCheck {
  let bucket: any Bucket
  let folder: BlockFolder
  /// The block in the bucket; `nil` if there is none of its ULID.
  let remote: BucketBlock?
  /// A block of the bucket that was compacted from this one.
  let compactedInto: ULID?
  let options: VerificationOptions
  /// Objects at a time.
  let width: Int

  /// Adds to the report of the local files. What fails for one object is left out and named.
  /// - Throws: `CancellationError`.
  func run(_ report: inout BlockReport) async throws {
    guard let remote else { return reportMissing(&report) }
    let presence = BucketPresence(
      bucket: bucket, block: remote, wantsLabels: options.checksBucket != true, kept: options.kept, width: width)
    let held: BucketPresence.Held
    switch try await presence.run(&report) {
    case .nothing: return reportMissing(&report)
    case .notWhole: return
    case .held(let found): held = found
    }
    let block: OpenBlock
    do {
      block = try await BlockingPool.shared.run { [folder, meter = options.meter] in
        try OpenBlock(folder, note: meter?.add)
      }
    } catch {
      // Why it cannot be opened stands in the report of the local files.
      return
    }
    compareMeta(block.meta, remote, &report)
    await compareDeletions(block, held, &report)
    let files = files(of: block, held)
    try await compare(files, remote, held, &report)
    let local = Set(files.map { Array($0.path.utf8) })
    for object in held.expected where !local.contains(Array(object.path.utf8)) {
      report.find(.strayObject, file: object.key, "the bucket's block has it, the local one does not")
    }
  }

  private func reportMissing(_ report: inout BlockReport) {
    let objects = BlockObjects(folder.ulid)
    if let compactedInto {
      report.find(
        .compactedAway, file: objects.prefix,
        "not in the bucket itself; block \(compactedInto) there was compacted from it and cannot be compared with it")
    } else {
      report.find(.missingBlock, file: objects.prefix, "the bucket does not have this block; backfill uploads it")
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

  /// Deletions that the bucket does not have are named here, where the tombstones are.
  private func compareDeletions(
    _ block: OpenBlock, _ held: BucketPresence.Held, _ report: inout BlockReport
  ) async {
    guard held.listing.size(of: BlockFolder.tombstonesName) == nil, !held.listing.isPartlyUnknown else { return }
    let key = BlockObjects(folder.ulid).prefix + BlockFolder.tombstonesName
    let lost = await BlockingPool.shared.run {
      LostDeletions(block.tombstones, of: block.meta).findings(key, index: block.index)
    }
    // Each of them says more than the number in meta.json does.
    if !lost.isEmpty { report.findings.removeAll { $0.id == .lostDeletions && $0.file == key } }
    report.findings += lost
  }

  // MARK: Files

  private struct File: Sendable {
    let path: String
    let file: OpenFile
  }

  /// Segments and index, and tombstones where the bucket has them too: most uploaders leave them out.
  private func files(of block: OpenBlock, _ held: BucketPresence.Held) -> [File] {
    var files = block.segments.map { File(path: "\(BlockFolder.chunksName)/\($0.name)", file: $0.file) }
    files.append(File(path: BlockFolder.indexName, file: block.index))
    if let tombstones = block.tombstones, held.listing.size(of: BlockFolder.tombstonesName) != nil {
      files.append(File(path: BlockFolder.tombstonesName, file: tombstones))
    }
    return files
  }

  private func compare(
    _ files: [File], _ remote: BucketBlock, _ held: BucketPresence.Held, _ report: inout BlockReport
  ) async throws {
    var same: [(file: File, listed: ObjectAttributes)] = []
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
    _ file: File, _ remote: BucketBlock, _ listing: ObjectListing, _ report: inout BlockReport
  ) -> ObjectAttributes? {
    let key = remote.objects.prefix + file.path
    guard let listed = listing.attributes(of: file.path) else {
      // meta.json may have listed it, and the listing have found it missing, already.
      let isReported = report.findings.contains { $0.id == .missingObject && $0.file == key }
      if !listing.isUnknown(file.path), !isReported {
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
    _ file: File, _ remote: BucketBlock, _ listed: ObjectAttributes
  ) async throws -> Result<CopyProof.Outcome, any Error> {
    let proof = CopyProof(
      bucket: bucket, key: remote.objects.prefix + file.path, file: file.file, listed: listed,
      downloads: options.downloads)
    do {
      return .success(try await proof.run())
    } catch let error where error is BucketError || error is FileError {
      return .failure(error)
    }
  }

  private func settle(
    _ file: File, _ outcome: Result<CopyProof.Outcome, any Error>, _ remote: BucketBlock,
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
        report.enter(sha256: sha256, of: file.path)
      }
      judgeListed(file, remote, &report)
    case .success(.differs(let offset, let reason)):
      report.find(.contentMismatch, file: key, offset: offset, reason)
    case .success(.unknown(let reason)): unproved.add(file.path, reason, &report)
    case .failure(let error as BucketError): report.take(error, reading: key)
    case .failure(let error as FileError): report.take(error, reading: file.file.path)
    case .failure(let error): report.leaveUnfinished(key, "\(error)")
    }
  }

  /// The hash that meta.json lists must be that of the bytes too: whoever restores goes by it.
  private func judgeListed(_ file: File, _ remote: BucketBlock, _ report: inout BlockReport) {
    let listed = remote.description?.thanos?.files.first { $0.path.utf8.elementsEqual(file.path.utf8) }?.sha256
    let own = report.files.first { $0.path.utf8.elementsEqual(file.path.utf8) }?.sha256
    guard let listed, let own else { return }
    if listed == own {
      report.add([.sha256], to: file.path, size: file.file.size)
    } else {
      report.find(
        .hashMismatch, file: remote.objects.meta,
        "lists SHA-256 \(listed) for \(file.path), the file and the object have \(own)")
    }
  }
}
