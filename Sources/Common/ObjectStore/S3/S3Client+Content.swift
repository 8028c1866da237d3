import HTTP
import Logging
import Synchronization

/// What a store thinks of V4 requests that do not sign the hash of their payload.
enum UnsignedPayload: UInt8, AtomicRepresentable, Sendable {
  case unknown
  case accepted
  case refused
}

extension S3Client {
  /// Bytes below which hashing costs nothing beside the request, so that everything is signed.
  private static let smallBody: UInt64 = 64 << 10

  /// What is known of a content before its request is made.
  struct KnownDigest: Sendable {
    /// 32 bytes.
    var sha256: [UInt8]?
    var crc32c: UInt32?
  }

  /// The checksums of a request's content.
  /// - Parameters:
  ///   - checksums: which of them are sent, or compared with the ETag.
  ///   - known: need not be computed once more.
  /// - Throws: `FileError`.
  func digest(
    of content: ObjectContent, _ checksums: S3PartChecksums, known: KnownDigest = KnownDigest()
  ) async throws -> PayloadDigest {
    let signsPayloads = try await signer().signsPayload
    let sha256 = known.sha256?.count == 32 ? known.sha256 : nil
    var digest = try await PayloadDigest.of(
      content, sha256: sha256 == nil && signsPayloads && signsPayload(of: content.size, checksums), md5: checksums.haveMD5,
      crc32c: checksums.haveCRC32C && known.crc32c == nil)
    if signsPayloads, let sha256 { digest.sha256 = sha256 }
    if checksums.haveCRC32C, let crc = known.crc32c { digest.crc32c = crc }
    return digest
  }

  /// Whether the SHA-256 of signed content has to be computed for its signature. A Content-MD5 and a checksum are among the
  /// signed fields and hold the content fast as well, against accidents if not against an adversary; over TLS the
  /// connection vouches for it.
  private func signsPayload(of size: UInt64, _ checksums: S3PartChecksums) -> Bool {
    if size <= Self.smallBody || unsignedPayload.load(ordering: .relaxed) == .refused { return true }
    let hasChecksum = checksums.haveMD5 && sendsMD5 || checksums.arePromised
    return !hasChecksum && !endpoint.secure
  }

  /// Sends a request with content. A store that does not take payloads whose hash is not signed gets it once more with
  /// a signed one, and from then on always.
  /// - Throws: `StoreFailure`, `FileError`, `CancellationError`.
  func sendContent(_ request: StoreRequest) async throws -> HTTPResponse {
    guard try await signer().signsPayload, request.content.size > 0, request.digest.sha256 == nil else {
      return try await send(request)
    }
    do {
      let response = try await send(request)
      unsignedPayload.store(.accepted, ordering: .relaxed)
      return response
    } catch StoreFailure.refused(let refusal)
      where unsignedPayload.load(ordering: .relaxed) != .accepted && Self.mayMeanUnsigned(refusal)
    {
      logger.debug("\(request.key ?? "") is sent again with its SHA-256 signed: \(refusal)")
      var signed = request
      signed.digest.sha256 = try await PayloadDigest.of(request.content, sha256: true, md5: false).sha256
      let response = try await send(signed)
      unsignedPayload.store(.refused, ordering: .relaxed)
      return response
    }
  }

  /// Stores have no common word for it.
  private static func mayMeanUnsigned(_ refusal: StoreRefusal) -> Bool {
    let codes = [
      "", "InvalidRequest", "AccessDenied", "NotImplemented", "SignatureDoesNotMatch", "InvalidArgument", "BadRequest",
    ]
    return refusal.code == "XAmzContentSHA256Mismatch"
      || [400, 403, 501].contains(refusal.status) && codes.contains(refusal.code)
  }
}

extension S3Client {
  /// Fetches and hashes a region of an object's content.
  /// - Parameter known: of the region.
  func prepare(
    _ number: Int, _ region: Range<UInt64>, of content: ObjectContent, _ checksums: S3PartChecksums,
    crc32c known: UInt32? = nil
  ) async throws -> PreparedPart {
    try Task.checkCancellation()
    let content = try await content.fetched(region)
    return PreparedPart(
      number: number, content: content,
      digest: try await digest(of: content, checksums, known: KnownDigest(crc32c: known)))
  }
}
