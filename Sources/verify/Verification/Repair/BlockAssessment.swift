import ObjectStore
import Platform
import TSDB
import Thanos

/// Finds out what a block of a bucket lacks. The local block is checked as deep as can be before: a bad one repairs
/// nothing.
struct BlockAssessment {
  let folder: BlockFolder
  let bucket: any Bucket
  let saved: SavedMetas
  /// Whether objects may be read to be compared.
  let downloads: Bool
  /// Files at a time.
  let width: Int

  /// - Throws: `CancellationError`, `FileError` for the kept meta.json.
  func run() async throws -> RepairAssessment {
    let hashes: [String: String]
    switch try await checkLocally() {
    case .success(let found): hashes = found
    case .failure(let refusal): return .refused(refusal.reason)
    }
    do {
      let present = try await presentMeta()
      let isPresent = present != nil
      let kept = try await BlockingPool.shared.run { [saved, folder] () throws(FileError) -> [UInt8]? in
        // Put back by a run that was killed before it could say so.
        if isPresent { try saved.forget(folder.ulid) }
        return try saved.read(folder.ulid)
      }
      guard let bytes = present ?? kept else {
        return .refused(
          "the bucket has no meta.json of it, and with it the external labels are lost; backfill sends the block anew")
      }
      let description: BlockDescription
      do throws(TSDBError) {
        description = try self.description(bytes)
      } catch {
        return .refused(
          "its meta.json in the bucket cannot be read (\(error)), so its labels are not known; delete it, and backfill"
            + " sends the block anew")
      }
      return try await assess(description, bytes, present: present, hashes)
    } catch let error as BucketError {
      return .refused("it could not be looked at: \(error.reason)")
    }
  }

  private struct Refusal: Error {
    let reason: String
  }

  /// - Returns: the SHA-256 of each file, by its path.
  private func checkLocally() async throws -> Result<[String: String], Refusal> {
    let report = try await FolderVerification(
      folder: folder, options: VerificationOptions(level: .full), purpose: .source, width: width).run()
    if let worst = report.findings.first(where: { $0.severity > .note }) {
      return .failure(
        Refusal(reason: "the local block is not good itself: \(worst.id.rawValue): \(worst.file): \(worst.message)"))
    }
    if let left = report.unfinished.first {
      return .failure(Refusal(reason: "the local block could not be read: \(left.file): \(left.reason)"))
    }
    return .success(
      Dictionary(report.files.compactMap { file in file.sha256.map { (file.path, $0) } }) { first, _ in first })
  }

  private func presentMeta() async throws -> [UInt8]? {
    do {
      return try await bucket.read(BlockObjects(folder.ulid).meta, limit: BlockMeta.sizeLimit)
    } catch let error as BucketError where error.code == .objectNotFound {
      return nil
    }
  }

  private func description(_ bytes: [UInt8]) throws(TSDBError) -> BlockDescription {
    let key = BlockObjects(folder.ulid).meta
    return try BlockDescription(try BlockMeta(parsing: bytes, file: key, of: folder.ulid), file: key)
  }

  private func assess(
    _ description: BlockDescription, _ bytes: [UInt8], present: [UInt8]?, _ hashes: [String: String]
  ) async throws -> RepairAssessment {
    guard description.thanos != nil else {
      return .refused("its meta.json in the bucket has no thanos section, so its labels are not known")
    }
    let listing = try await ObjectListing(of: BlockObjects(folder.ulid), in: bucket)
    if listing.markers.contains(.deletion) { return .refused("it is marked for deletion in the bucket") }
    let block: OpenBlock
    do {
      block = try await BlockingPool.shared.run { [folder] in try OpenBlock(folder) }
    } catch {
      return .refused("the local block cannot be opened: \(error)")
    }
    let segments = block.segments.map { ("\(BlockFolder.chunksName)/\($0.name)", $0.file) }
    let files = segments + [(BlockFolder.indexName, block.index)]
    let lacking = try await OrderedWork.map(files, width: width) { try await lacks($0.0, $0.1, listing) }
    let listed = files.map { ThanosSection.File(path: $0.0, size: $0.1.size, sha256: hashes[$0.0]) }
      .sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    let meta = RepairedMeta(local: block.meta, present: description, files: listed).replacement() ?? bytes
    let draft = RepairDraft(folder: folder, objects: lacking.compactMap { $0 }, meta: meta, present: present)
    return draft.isEmpty ? .nothing : .draft(draft)
  }

  /// - Returns: `nil` for an object that is right as it is, or of which nothing is known against it.
  private func lacks(_ path: String, _ file: OpenFile, _ listing: ObjectListing) async throws -> RepairDraft.Object? {
    func object(_ reason: String) -> RepairDraft.Object {
      RepairDraft.Object(path: path, size: file.size, reason: reason)
    }
    guard let listed = listing.attributes(of: path) else { return object("the bucket does not have it") }
    guard listed.size == file.size else { return object("the object has \(listed.size) bytes, the file \(file.size)") }
    let proof = CopyProof(
      bucket: bucket, key: BlockObjects(folder.ulid).prefix + path, file: file, listed: listed, downloads: downloads)
    switch try await proof.run() {
    case .equal, .unknown: return nil
    case .differs(let offset, let reason): return object(offset.map { "it differs from byte \($0) on" } ?? reason)
    }
  }
}
