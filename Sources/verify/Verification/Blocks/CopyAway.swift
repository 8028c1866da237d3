import ObjectStore
import Platform
import TSDB
import Thanos

/// A local block that the bucket no longer has, or is about to lose: ordinary work of the compactor where another block
/// of the bucket holds its data, and a loss where none does.
struct CopyAway {
  let folder: BlockFolder
  let blocks: CopiedBlocks
  let options: VerificationOptions
  /// Objects at a time.
  let width: Int

  private var objects: BlockObjects { BlockObjects(folder.ulid) }

  /// The bucket does not have the block itself.
  /// - Throws: `CancellationError`.
  func reportGone(_ report: inout BlockReport) async throws {
    let successor: CopiedBlocks.Successor
    do {
      successor = try await self.successor(labels: nil)
    } catch let error as BucketError {
      return report.leaveUnfinished(objects.prefix, "not there itself, and not looked for in others: \(error.reason)")
    }
    switch successor {
    case .none:
      report.find(.missingBlock, file: objects.prefix, "the bucket does not have this block; backfill uploads it")
    case .whole(let ulid, let isUnproved):
      report.find(
        .compactedAway, file: objects.prefix,
        "not in the bucket itself; block \(ulid) there was compacted from it, covers its time and is whole as far as"
          + " --level \(blocks.level.rawValue) tells")
      if isUnproved { leaveUnproved(ulid, &report) }
      await reportDeletions(in: ulid, &report)
    case .damaged, .unfinished, .smaller, .downsampled, .leaving:
      judge(successor, &report)
    }
  }

  /// The bucket has the block, and perhaps marked it for deletion.
  /// - Throws: `CancellationError`.
  func report(_ mark: DeletionMark, of remote: BucketBlock, _ report: inout BlockReport) async throws {
    guard mark.isMade else { return mark.report(on: objects, delay: options.deleteDelay, &report) }
    do {
      let successor = try await successor(labels: remote.description?.labels)
      if case .whole(let ulid, _) = successor {
        return mark.report(
          on: objects, delay: options.deleteDelay, successor: "its data lives on in block \(ulid)", &report)
      }
      mark.report(on: objects, delay: options.deleteDelay, &report)
      judge(successor, &report)
    } catch let error as BucketError {
      mark.report(on: objects, delay: options.deleteDelay, &report)
      report.leaveUnfinished(objects.marker(.deletion), "where its data is besides is not known: \(error.reason)")
    }
  }

  /// What was deleted here is shown again there as well: tombstones are not sent, and what Thanos compacts has none.
  private func reportDeletions(in merged: ULID, _ report: inout BlockReport) async {
    let key = BlockObjects(merged).prefix + BlockFolder.tombstonesName
    report.findings += await BlockingPool.shared.run { [folder] in
      guard let meta = try? folder.readMeta(), let tombstones = try? OpenFile(folder.tombstonesPath) else { return [] }
      return LostDeletions(tombstones, of: meta).findings(key, index: try? OpenFile(folder.indexPath))
    }
  }

  private func successor(labels: ExternalLabels?) async throws -> CopiedBlocks.Successor {
    guard let meta = await BlockingPool.shared.run({ [folder] in try? folder.readMeta() }) else { return .none }
    return try await blocks.successor(of: meta, labels: labels, width: width)
  }

  /// Of a block whose data is nowhere else as it should be.
  private func judge(_ successor: CopiedBlocks.Successor, _ report: inout BlockReport) {
    func find(_ id: Finding.ID, _ message: String) { report.find(id, file: objects.prefix, message) }
    switch successor {
    case .whole: break
    case .none:
      find(.deletionUncovered, "marked for deletion, and no other block of the bucket was compacted from it")
    case .leaving(let ulid):
      find(.deletionUncovered, "block \(ulid), which was compacted from it, is marked for deletion itself")
    case .smaller(let ulid, let lack):
      find(.compactedIntoLess, "block \(ulid), which was compacted from it, has \(lack)")
    case .downsampled(let ulid):
      find(.downsampledOnly, "its data is in the bucket only as downsampled, in block \(ulid)")
    case .damaged(let ulid, let worst):
      find(
        .compactedIntoDamaged,
        "block \(ulid), which was compacted from it, is not whole: \(worst.id.rawValue): \(worst.file):"
          + " \(worst.message)")
    case .unfinished(let ulid, let left):
      for left in left {
        report.leaveUnfinished(left.file, "\(left.reason) (of block \(ulid), which was compacted from \(folder.ulid))")
      }
    }
  }

  /// The larger block is there, and nothing that may be asked for proves its content: no more does of this one.
  private func leaveUnproved(_ ulid: ULID, _ report: inout BlockReport) {
    for file in report.files where file.path != BlockMeta.fileName { report.markUnproved(file.path) }
    report.find(
      .unproved, file: BlockObjects(ulid).prefix,
      "of the larger block nothing but sizes is known; --level full reads it")
  }
}
