import Logging
import ObjectStore
import Platform
import Synchronization
import TSDB

/// Confirms what arrived by what the store says of it afterwards: every object by size and checksum, one listing a block.
struct ArrivalCheck: Sendable {
  let bucket: any Bucket
  let readsBack: Bool
  let logger: Logger
  /// Set once an object whose ETag is not what its content gives was found to be right all the same: this store's ETags
  /// are no checksums (SSE-KMS set on the bucket, for instance).
  let foreignETags = ForeignETags()

  /// - Parameter prefix: that all of the keys begin with.
  /// - Returns: the receipts in the order of the arrivals.
  /// - Throws: `NotArrived`, `BucketError`.
  func check(_ arrivals: [Arrival], below prefix: String) async throws -> [ObjectReceipt] {
    let stored = try await bucket.objects(below: prefix)
    var receipts: [ObjectReceipt] = []
    for arrival in arrivals {
      guard let attributes = stored[arrival.key] else { throw NotArrived(key: arrival.key, .missing) }
      receipts.append(try await check(arrival, attributes))
    }
    return receipts
  }

  /// Whether what was confirmed is still there.
  /// - Throws: `NotArrived`, `BucketError`.
  func checkAgain(_ receipts: [ObjectReceipt], below prefix: String) async throws {
    let stored = try await bucket.objects(below: prefix)
    for receipt in receipts {
      guard let there = stored[receipt.key] else { throw NotArrived(key: receipt.key, .missing) }
      guard there.size == receipt.size else {
        throw NotArrived(key: receipt.key, .size(there: there.size, here: receipt.size))
      }
      guard there.etag == receipt.etag else {
        throw NotArrived(key: receipt.key, .content(there: there.etag ?? "none", here: receipt.etag ?? "none"))
      }
    }
  }

  private func check(_ arrival: Arrival, _ stored: ObjectAttributes) async throws -> ObjectReceipt {
    let size = arrival.object.content.size
    guard stored.size == size else { throw NotArrived(key: arrival.key, .size(there: stored.size, here: size)) }
    var sha256 = arrival.object.knownSHA256
    let evidence: Evidence
    if readsBack, !arrival.isReadBack {
      sha256 = try await compare(arrival)
      evidence = .readBack
    } else {
      (evidence, sha256) = try await self.evidence(for: arrival, stored, sha256)
    }
    return ObjectReceipt(
      key: arrival.key, size: size, sha256: sha256, etag: stored.etag, partSize: arrival.receipt.partSize,
      evidence: evidence, sent: arrival.receipt.sent)
  }

  private func evidence(
    for arrival: Arrival, _ stored: ObjectAttributes, _ sha256: String?
  ) async throws -> (Evidence, sha256: String?) {
    if arrival.isReadBack { return (.readBack, sha256) }
    if let sent = arrival.receipt.checksum {
      let kept = try await bucket.attributes(of: arrival.key).checksum
      if let kept, kept == sent { return (.checksum(algorithm: sent.algorithm), sha256) }
      if let kept, kept.algorithm == sent.algorithm {
        throw NotArrived(key: arrival.key, .content(there: kept.value, here: sent.value))
      }
      // It went with a checksum in place of an ETag to compare, and content from elsewhere is there only once.
      if arrival.receipt.expectedETag == nil, case .source = arrival.object.content {
        return (.readBack, try await compare(arrival))
      }
    }
    guard let etag = stored.etag, !foreignETags.areKnown, let expected = try await expectedETag(of: arrival) else {
      return (.size, sha256)
    }
    if etag.lowercased() == expected { return (.etag, sha256) }
    // Either the object is damaged or the store's ETags are no checksums: its bytes decide.
    let compared = try await compare(arrival)
    foreignETags.note(arrival.key, logger)
    return (.readBack, compared)
  }

  /// The ETag that proves an object. Where the store was sent a checksum in its place, and does not show it afterwards, the
  /// file is hashed now.
  private func expectedETag(of arrival: Arrival) async throws -> String? {
    if let known = arrival.receipt.expectedETag { return known }
    guard arrival.receipt.checksum != nil, case .file = arrival.object.content else { return nil }
    return try await bucket.expectedETag(of: arrival.object.content)
  }

  /// - Returns: the SHA-256 that both sides have.
  private func compare(_ arrival: Arrival) async throws -> String {
    var known = arrival.object.knownSHA256
    if known == nil { known = try await arrival.object.content.sha256() }
    let there = try await ReadBack(bucket).sha256(of: arrival.key)
    guard let known else { return there }
    guard there == known else { throw NotArrived(key: arrival.key, .content(there: there, here: known)) }
    return known
  }
}

/// Whether a store's ETags have turned out to be no checksums.
final class ForeignETags: Sendable {
  private let known = Atomic(false)

  var areKnown: Bool { known.load(ordering: .relaxed) }

  func note(_ key: String, _ logger: Logger) {
    if known.exchange(true, ordering: .relaxed) { return }
    logger.warning(
      """
      the ETag is not what the content gives, and the object read back is right: this store's ETags are no checksums \
      (encryption set on the bucket?), so what follows is confirmed by its size only; --verify-after reads all of it back
      """, metadata: ["key": "\(key)"])
  }
}

/// The bucket has not what was sent to it. The block is not published.
public struct NotArrived: Error, CustomStringConvertible {
  public enum Difference: Equatable, Sendable {
    case missing
    /// Bytes.
    case size(there: UInt64, here: UInt64)
    /// Checksums.
    case content(there: String, here: String)
  }

  public let key: String
  public let difference: Difference

  init(key: String, _ difference: Difference) {
    self.key = key
    self.difference = difference
  }

  public var description: String {
    let found =
      switch difference {
      case .missing: "\(key) was sent, and the bucket does not have it"
      case .size(let there, let here): "\(key) was sent with \(here) bytes, and the bucket has \(there)"
      case .content(let there, let here):
        "\(key) was sent with checksum \(here), and the bucket has \(there): damaged on the way or in the store"
      }
    // With its meta.json a block is there, whatever that holds.
    guard !key.hasSuffix("/\(BlockMeta.fileName)") else { return "\(found); look at that object, and delete it to send it anew" }
    return "\(found); the block was not published, run again to send it anew"
  }
}
