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

  /// The checksums of a request's content, read in one pass. The MD5 is always among them: it is what an ETag is
  /// compared with.
  /// - Parameter sha256: where it is known already, 32 bytes.
  /// - Throws: `FileError`.
  func digest(
    of content: ObjectContent, sha256 known: [UInt8]? = nil, crc32c: Bool = false
  ) async throws -> PayloadDigest {
    let known = known?.count == 32 ? known : nil
    var digest = try await PayloadDigest.of(
      content, sha256: known == nil && signsPayload(of: content.size), md5: true, crc32c: crc32c)
    if signer.signsPayload, let known { digest.sha256 = known }
    return digest
  }

  /// Whether the SHA-256 of content has to be computed for its signature. A Content-MD5 is among the signed fields and
  /// binds the content as well; over TLS the connection vouches for it.
  private func signsPayload(of size: UInt64) -> Bool {
    guard signer.signsPayload else { return false }
    if size <= Self.smallBody || unsignedPayload.load(ordering: .relaxed) == .refused { return true }
    return !sendsMD5 && !endpoint.secure
  }

  /// Sends a request with content. A store that does not take payloads whose hash is not signed gets it once more with
  /// a signed one, and from then on always.
  /// - Throws: `S3Failure`, `FileError`, `CancellationError`.
  func sendContent(_ request: S3Request) async throws -> HTTPResponse {
    guard signer.signsPayload, request.content.size > 0, request.digest.sha256 == nil else {
      return try await send(request)
    }
    do {
      let response = try await send(request)
      unsignedPayload.store(.accepted, ordering: .relaxed)
      return response
    } catch S3Failure.refused(let refusal)
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
  private static func mayMeanUnsigned(_ refusal: S3Refusal) -> Bool {
    let codes = [
      "", "InvalidRequest", "AccessDenied", "NotImplemented", "SignatureDoesNotMatch", "InvalidArgument", "BadRequest",
    ]
    return refusal.code == "XAmzContentSHA256Mismatch"
      || [400, 403, 501].contains(refusal.status) && codes.contains(refusal.code)
  }
}
