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
    do {
      let kept = try await BlockingPool.shared.run { [saved, folder] () throws(FileError) in
        try saved.read(folder.ulid)
      }
      guard await isLocal() else { return .refused(noLongerLocal(kept.first)) }
      let original: Original
      switch try await checkLocally() {
      case .success(let found): original = found
      case .failure(let refusal): return .refused(refusal.reason)
      }
      let present = try await presentMeta()
      guard present != nil || kept.count < 2 else {
        let paths = kept.map(\.path).joined(separator: ", ")
        return .refused("its meta.json was kept more than once, each time another: leave the right one of \(paths)")
      }
      guard let bytes = present ?? kept.first?.bytes else {
        return .refused(
          "the bucket has no meta.json of it, and with it the external labels are lost; backfill sends the block anew")
      }
      let description: BlockDescription
      do throws(TSDBError) {
        description = try self.description(bytes)
      } catch {
        let (place, way) =
          if present == nil, let path = kept.first?.path {
            ("its meta.json, which the bucket does not have and is kept in \(path),", "delete that file")
          } else {
            ("its meta.json in the bucket", "delete it")
          }
        return .refused(
          "\(place) cannot be read (\(error)), so its labels are not known; \(way), and backfill sends the block anew")
      }
      return try await assess(original, description, bytes, present: present, keptPath: kept.first?.path)
    } catch let error as BucketError {
      return .refused("it could not be looked at: \(error.reason)")
    }
  }

  private func isLocal() async -> Bool {
    let path = folder.path
    return await BlockingPool.shared.run { (try? Directory.entries(of: path)) != nil }
  }

  private func noLongerLocal(_ kept: SavedMetas.Kept?) -> String {
    let lost = "the local block is gone, and nothing else can be sent"
    return kept.map { "\(lost); its meta.json is kept in \($0.path): put it back by hand if all else is in the bucket" }
      ?? lost
  }

  private struct Refusal: Error {
    let reason: String
  }

  /// The local block as it was checked.
  private struct Original: Sendable {
    let block: OpenBlock
    /// Index and segments with the SHA-256 of the bytes that were checked, by path.
    let files: [ThanosSection.File]
  }

  /// Hashes come from the very pass that checks the bytes, over files that are held open.
  private func checkLocally() async throws -> Result<Original, Refusal> {
    func refuse(_ report: BlockReport) -> Refusal? {
      if let worst = report.findings.first(where: { $0.severity > .note }) {
        return Refusal(
          reason: "the local block is not good itself: \(worst.id.rawValue): \(worst.file): \(worst.message)")
      }
      return report.unfinished.first.map {
        Refusal(reason: "the local block could not be read: \($0.file): \($0.reason)")
      }
    }
    let presence = try await FolderVerification(
      folder: folder, options: VerificationOptions(level: .presence), purpose: .source, width: width).run()
    if let refusal = refuse(presence) { return .failure(refusal) }
    let block: OpenBlock
    do {
      block = try await BlockingPool.shared.run { [folder] in try OpenBlock(folder) }
    } catch {
      return .failure(Refusal(reason: "the local block cannot be opened: \(error)"))
    }
    let report = try await LocalBlockCheck(folder: folder, level: .full, computesHashes: true, held: block).run()
    if let refusal = refuse(report) { return .failure(refusal) }
    let listed = (try? ThanosSection(of: block.meta, file: folder.metaPath))?.files ?? []
    var files: [ThanosSection.File] = []
    for (path, file) in block.dataFiles {
      guard let sha256 = report.files.first(where: { $0.path == path })?.sha256 else {
        return .failure(Refusal(reason: "the local block could not be read to its end: \(path)"))
      }
      if let own = listed.first(where: { $0.path == path })?.sha256, own != sha256 {
        return .failure(
          Refusal(reason: "the local block is not good itself: \(path) has not the hash in its meta.json"))
      }
      files.append(ThanosSection.File(path: path, size: file.size, sha256: sha256))
    }
    return .success(
      Original(block: block, files: files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }))
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
    _ original: Original, _ description: BlockDescription, _ bytes: [UInt8], present: [UInt8]?, keptPath: String?
  ) async throws -> RepairAssessment {
    guard description.thanos != nil else {
      return .refused("its meta.json in the bucket has no thanos section, so its labels are not known")
    }
    let listing = try await ObjectListing(of: BlockObjects(folder.ulid), in: bucket)
    if listing.markers.contains(.deletion) { return .refused("it is marked for deletion in the bucket") }
    let block = original.block
    let states = try await OrderedWork.map(block.dataFiles, width: width) { try await state($0.path, $0.file, listing) }
    let lacking = states.compactMap(\.lack)
    let identity = BlockIdentity(local: block.meta, present: description, files: original.files)
    // Where every object is the local file, meta.json is wrong, and not the block another one.
    if !states.allSatisfy(\.isEqual), let contradiction = identity.contradiction {
      return .refused("the bucket's may be another block of the same name: \(contradiction)")
    }
    if let other = lacking.first(where: { identity.listsOther($0.path, size: listing.size(of: $0.path)) }) {
      return .refused(
        "the bucket's may be another block of the same name: its meta.json lists \(other.path) as another file than the"
          + " local one")
    }
    let meta = RepairedMeta(local: block.meta, present: description, files: original.files).replacement() ?? bytes
    let hashes = Dictionary(original.files.map { ($0.path, $0.sha256 ?? "") }) { first, _ in first }
    let draft = RepairDraft(
      folder: folder, local: block.meta, hashes: hashes, objects: lacking, meta: meta, present: present,
      keptPath: present == nil ? keptPath : nil)
    return draft.isEmpty ? .nothing : .draft(draft)
  }

  private enum State {
    case equal
    /// Nothing is known against it.
    case unknown
    case lacking(RepairDraft.Object)

    var isEqual: Bool { if case .equal = self { true } else { false } }
    var lack: RepairDraft.Object? { if case .lacking(let object) = self { object } else { nil } }
  }

  private func state(_ path: String, _ file: OpenFile, _ listing: ObjectListing) async throws -> State {
    func lacking(_ reason: String) -> State {
      .lacking(RepairDraft.Object(path: path, size: file.size, reason: reason))
    }
    guard let listed = listing.attributes(of: path) else { return lacking("the bucket does not have it") }
    guard listed.size == file.size else { return lacking("the object has \(listed.size) bytes, the file \(file.size)") }
    let proof = CopyProof(
      bucket: bucket, key: BlockObjects(folder.ulid).prefix + path, file: file, listed: listed, downloads: downloads)
    switch try await proof.run() {
    case .equal: return .equal
    case .unknown: return .unknown
    case .differs(let offset, let reason): return lacking(offset.map { "it differs from byte \($0) on" } ?? reason)
    }
  }
}
