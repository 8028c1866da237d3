import HTTP
import Logging
import Platform
import Synchronization

/// Addresses and signs the requests to one bucket in S3, in the region where it is.
final class S3Client: StoreClient {
  let endpoint: S3Endpoint
  let credentials: CredentialHolder<S3Credentials>
  private let usesV2: Bool
  let line: StoreLine
  let sendsMD5: Bool
  /// What the store thinks of payloads whose hash is not signed.
  let unsignedPayload = Atomic(UnsignedPayload.unknown)
  private let region: Mutex<String?>
  private let clock = StoreClock()
  private let notedForeignETag = Atomic(false)

  init(
    _ configuration: S3Configuration, endpoint: S3Endpoint, credentials: CredentialHolder<S3Credentials>, policy: RetryPolicy,
    http: HTTPClient, requests: Int = Traffic().requests, logger: Logger
  ) {
    self.endpoint = endpoint
    line = StoreLine(http, policy: policy, requests: requests, logger: logger, traces: configuration.traces)
    self.credentials = credentials
    usesV2 = configuration.signatureVersion2
    sendsMD5 = configuration.sendsContentMD5
    region = Mutex(configuration.region.isEmpty ? endpoint.regionInHost : configuration.region)
  }

  /// Signs with the credentials of this moment: temporary ones change under way.
  /// - Throws: `CredentialError`, `CancellationError`.
  func signer() async throws -> S3Signer { signer(as: try await credentials.current()) }

  private func signer(as credentials: S3Credentials?) -> S3Signer {
    S3Signer(credentials: credentials, usesV2: usesV2, sendsMD5: sendsMD5)
  }

  /// Says that an upload got an ETag that is not its MD5: no reason to refuse it, since the store took the Content-MD5
  /// that went with it, where one did, and some stores' ETags only look like one. A warning once, since the next
  /// upload's is the same.
  /// - Parameter upload: the key, or a part of one.
  func noteForeignETag(of upload: String) {
    let isFirst = !notedForeignETag.exchange(true, ordering: .relaxed)
    let acceptance = sendsMD5 ? ", though the store accepted its Content-MD5" : ""
    logger.log(
      level: isFirst ? .warning : .debug,
      """
      the ETag of \(upload) is not the MD5 of what was sent\(acceptance): either this store's ETags are \
      no checksums, or it does not check; verify what it holds
      """)
  }

  /// One request, without repetition save for one in the right region.
  /// - Throws: `StoreFailure`, `CredentialError`, `CancellationError`, or what `body` throws.
  func exchange<Value: Sendable>(
    _ request: StoreRequest, attempt: Int, _ body: (HTTPHead, HTTPExchange) async throws -> Value
  ) async throws -> Value {
    let region = try await currentRegion(attempt: attempt)
    do {
      return try await exchange(request, attempt: attempt, in: region, body)
    } catch StoreFailure.refused(let refusal) {
      // Where the region is no part of the signature, it still is one of AWS' addresses.
      guard region != nil || endpoint.amazon != nil, [301, 307, 400, 403].contains(refusal.status),
        let other = refusal.region, other != region
      else { throw StoreFailure.refused(refusal) }
      self.region.withLock { $0 = other }
      return try await exchange(request, attempt: attempt, in: other, body)
    }
  }

  private func exchange<Value: Sendable>(
    _ request: StoreRequest, attempt: Int, in region: String?, _ body: (HTTPHead, HTTPExchange) async throws -> Value
  ) async throws -> Value {
    // Signed when its turn has come: a signature is good for some minutes only.
    try await line.gate.pass(carriesContent: request.carriesContent) {
      try await perform(request, attempt: attempt, in: region, body)
    }
  }

  /// Once, and once more at the store's time where this machine's clock is wrong.
  private func perform<Value: Sendable>(
    _ request: StoreRequest, attempt: Int, in region: String?, _ body: (HTTPHead, HTTPExchange) async throws -> Value
  ) async throws -> Value {
    let correction = clock.correction
    do {
      return try await renewing(request, attempt: attempt, in: region, body)
    } catch StoreFailure.refused(let refusal) {
      guard clock.learns(from: refusal, signedWith: correction, logger: logger) else {
        throw StoreFailure.refused(refusal)
      }
      return try await renewing(request, attempt: attempt, in: region, body)
    }
  }

  /// Once, and once more with other credentials where the store takes these for expired.
  private func renewing<Value: Sendable>(
    _ request: StoreRequest, attempt: Int, in region: String?, _ body: (HTTPHead, HTTPExchange) async throws -> Value
  ) async throws -> Value {
    let signer = try await signer()
    do {
      return try await perform(request, attempt: attempt, in: region, signer: signer, body)
    } catch StoreFailure.refused(let refusal) where refusal.meansExpiredCredentials {
      guard let used = signer.credentials, let other = try await credentials.replacement(of: used) else {
        throw StoreFailure.refused(refusal)
      }
      return try await perform(request, attempt: attempt, in: region, signer: self.signer(as: other), body)
    }
  }

  private func perform<Value: Sendable>(
    _ request: StoreRequest, attempt: Int, in region: String?, signer: S3Signer,
    _ body: (HTTPHead, HTTPExchange) async throws -> Value
  ) async throws -> Value {
    var signed = signer.sign(request, at: endpoint, region: region, now: clock.now)
    signed.isMetered = request.carriesContent
    return try await line.perform(signed, attempt: attempt) { head, body in
      StoreRefusal(head, body: body, now: WallClock.milliseconds)
    } _: { head, exchange in
      try await body(head, exchange)
    }
  }

  // MARK: Region

  /// The region to sign for: known, or asked for once. A store that does not say is taken to be in `us-east-1`, which
  /// is what those outside AWS accept.
  private func currentRegion(attempt: Int) async throws -> String? {
    let known = region.withLock { $0 }
    guard try await signer().needsRegion else { return endpoint.amazon == nil ? nil : known }
    if let known { return known }
    let request = StoreRequest(method: .get, query: HTTPQuery([("location", "")]))
    let found: String
    do {
      let response = try await exchange(request, attempt: attempt, in: "us-east-1") { head, exchange in
        HTTPResponse(head: head, body: try await exchange.collect(limit: 64 << 10))
      }
      let answer = (try? XMLElement(parsing: response.body))?.text ?? ""
      found = answer.isEmpty ? "us-east-1" : answer == "EU" ? "eu-west-1" : answer
    } catch StoreFailure.refused(let refusal) where !refusal.isTemporary {
      // Not everybody may ask. If the guess is wrong, the next refusal names the region.
      found = refusal.region ?? "us-east-1"
    }
    return region.withLock { region in
      region = region ?? found
      return region
    }
  }
}
