import HTTP
import Logging
import Platform
import Synchronization

/// A request to a bucket before it is addressed and signed.
struct S3Request: Sendable {
  var method: HTTPRequest.Method
  /// The object's whole key; `nil` for the bucket itself.
  var key: String?
  var query = HTTPQuery()
  var headers = HTTPHeaders()
  var content = ObjectContent.bytes([])
  /// Of `content`, as `S3Client.digest(of:)` gives it.
  var digest = PayloadDigest()
  /// Called with bytes of the content as they go out; negative where they have to go again.
  var moved: (@Sendable (_ bytes: Int64) -> Void)?

  /// Whether an object's bytes go with it or come with its answer: parts and objects, no listing of parts.
  var carriesContent: Bool {
    guard key != nil else { return false }
    return switch method {
    case .put: true
    case .get: query["uploadId"] == nil
    default: false
    }
  }
}

/// Addresses, signs, sends and repeats the requests to one bucket.
final class S3Client: Sendable {
  let endpoint: S3Endpoint
  let credentials: S3CredentialHolder
  private let usesV2: Bool
  private let http: HTTPClient
  let gate: S3Gate
  private let policy: RetryPolicy
  let sendsMD5: Bool
  private let trace: S3Trace
  /// What the store thinks of payloads whose hash is not signed.
  let unsignedPayload = Atomic(UnsignedPayload.unknown)
  private let region: Mutex<String?>
  /// Whether the endpoint has ever answered.
  private let contact = Atomic(false)
  private let notedForeignETag = Atomic(false)

  init(
    _ configuration: S3Configuration, endpoint: S3Endpoint, credentials: S3CredentialHolder, policy: RetryPolicy,
    http: HTTPClient, requests: Int = Traffic().requests, logger: Logger
  ) {
    self.endpoint = endpoint
    self.http = http
    self.policy = policy
    gate = S3Gate(requests: requests, clock: policy.clock, logger: logger)
    self.credentials = credentials
    usesV2 = configuration.signatureVersion2
    sendsMD5 = configuration.sendsContentMD5
    trace = S3Trace(logger: logger, isOn: configuration.traces)
    region = Mutex(configuration.region.isEmpty ? endpoint.regionInHost : configuration.region)
  }

  var logger: Logger { trace.logger }

  /// Signs with the credentials of this moment: temporary ones change under way.
  /// - Throws: `S3CredentialError`, `CancellationError`.
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
    trace.logger.log(
      level: isFirst ? .warning : .debug,
      """
      the ETag of \(upload) is not the MD5 of what was sent\(acceptance): either this store's ETags are \
      no checksums, or it does not check; verify what it holds
      """)
  }

  /// Sends until it succeeds or fails for good, and collects the answer.
  ///
  /// - Parameter check: looks at a good answer; what it throws counts as the request's failure.
  /// - Throws: `S3Failure`, `S3CredentialError`, `CancellationError`.
  func send(
    _ request: S3Request, limit: Int = 8 << 20, policy: RetryPolicy? = nil,
    check: @Sendable (HTTPResponse, _ attempt: Int) async throws -> Void = { _, _ in }
  ) async throws -> HTTPResponse {
    let patience = S3Patience()
    // Not the attempts: they may have failed for other reasons.
    let cutAnswers = Atomic(0)
    let line = S3LineProgress()
    // Who limits the attempts means them; and a small body is soon sent again.
    let forgives = (policy ?? self.policy).attempts == nil && request.content.size > 4 << 20
    var metered = request
    metered.moved = { [moved = request.moved] bytes in
      line.moved(bytes)
      moved?(bytes)
    }
    let request = metered
    return try await S3Patience.$current.withValue(patience) {
      try await patience.excluded(from: policy ?? self.policy).run(
        progress: { forgives ? line.total : 0 }, willRetry: trace.retry(of: request)
      ) { attempt in
        line.begin()
        let response: HTTPResponse
        do {
          response = try await exchange(request, attempt: attempt) { head, exchange in
            HTTPResponse(head: head, body: try await exchange.collect(limit: limit))
          }
        } catch let failure as S3Failure {
          if case .connection(let error, _, _) = failure, error.code != .timedOut { line.brokeOff() }
          throw failure
        }
        // More often cut off on its way than meant so; the last word is the caller's parser's.
        if response.body.first == UInt8(ascii: "<"), (try? XMLElement(parsing: response.body)) == nil,
          cutAnswers.add(1, ordering: .relaxed).newValue < 4
        {
          throw S3Failure.connection(HTTPError(.broken, "the answer's XML is not complete"), hadContact: true)
        }
        try await check(response, attempt)
        return response
      }
    }
  }

  /// Repeats `operation`, which calls `exchange` once, for as long as there is progress.
  func retrying<Value: Sendable>(
    _ request: S3Request, progress: () -> UInt64, _ operation: (_ attempt: Int) async throws -> Value
  ) async throws -> Value {
    let patience = S3Patience()
    return try await S3Patience.$current.withValue(patience) {
      try await patience.excluded(from: policy)
        .run(progress: progress, willRetry: trace.retry(of: request), operation)
    }
  }

  /// One request, without repetition save for one in the right region.
  /// - Throws: `S3Failure`, `S3CredentialError`, `CancellationError`, or what `body` throws.
  func exchange<Value: Sendable>(
    _ request: S3Request, attempt: Int, _ body: (HTTPHead, HTTPExchange) async throws -> Value
  ) async throws -> Value {
    let region = try await currentRegion(attempt: attempt)
    do {
      return try await exchange(request, attempt: attempt, in: region, body)
    } catch S3Failure.refused(let refusal) {
      guard region != nil, [301, 307, 400, 403].contains(refusal.status), let other = refusal.region,
        other != region
      else { throw S3Failure.refused(refusal) }
      self.region.withLock { $0 = other }
      return try await exchange(request, attempt: attempt, in: other, body)
    }
  }

  private func exchange<Value: Sendable>(
    _ request: S3Request, attempt: Int, in region: String?, _ body: (HTTPHead, HTTPExchange) async throws -> Value
  ) async throws -> Value {
    // Signed when its turn has come: a signature is good for some minutes only.
    try await gate.pass(carriesContent: request.carriesContent) {
      try await perform(request, attempt: attempt, in: region, body)
    }
  }

  /// Once, and once more with other credentials where the store takes these for expired.
  private func perform<Value: Sendable>(
    _ request: S3Request, attempt: Int, in region: String?, _ body: (HTTPHead, HTTPExchange) async throws -> Value
  ) async throws -> Value {
    let signer = try await signer()
    do {
      return try await perform(request, attempt: attempt, in: region, signer: signer, body)
    } catch S3Failure.refused(let refusal) where refusal.meansExpiredCredentials {
      guard let used = signer.credentials, let other = try await credentials.replacement(of: used) else {
        throw S3Failure.refused(refusal)
      }
      return try await perform(request, attempt: attempt, in: region, signer: self.signer(as: other), body)
    }
  }

  private func perform<Value: Sendable>(
    _ request: S3Request, attempt: Int, in region: String?, signer: S3Signer,
    _ body: (HTTPHead, HTTPExchange) async throws -> Value
  ) async throws -> Value {
    var signed = signer.sign(request, at: endpoint, region: region, now: WallClock.milliseconds)
    signed.isMetered = request.carriesContent
    trace.request(signed)
    do {
      return try await http.exchange(signed) { head, exchange in
        contact.store(true, ordering: .relaxed)
        trace.response(head, to: signed)
        guard 200..<300 ~= head.status else {
          // The status counts even where a page of some gateway comes with it.
          let reason = try await exchange.collectFront(limit: 256 << 10)
          throw S3Failure.refused(S3Refusal(head, body: reason, now: WallClock.milliseconds))
        }
        return try await body(head, exchange)
      }
    } catch let error as HTTPError {
      if error.code == .unreadableBody, let cause = error.cause { throw cause }
      let hadContact = contact.load(ordering: .relaxed)
      // An endpoint that has never answered is more likely wrong than in trouble, and a silent one has had its time.
      let isFinal = !hadContact && (attempt >= 3 || error.code == .timedOut)
      throw S3Failure.connection(error, hadContact: hadContact, isFinal: isFinal)
    }
  }

  // MARK: Region

  /// The region to sign for: known, or asked for once. A store that does not say is taken to be in `us-east-1`, which
  /// is what those outside AWS accept.
  private func currentRegion(attempt: Int) async throws -> String? {
    guard try await signer().needsRegion else { return nil }
    if let known = region.withLock({ $0 }) { return known }
    let request = S3Request(method: .get, query: HTTPQuery([("location", "")]))
    let found: String
    do {
      let response = try await exchange(request, attempt: attempt, in: "us-east-1") { head, exchange in
        HTTPResponse(head: head, body: try await exchange.collect(limit: 64 << 10))
      }
      let answer = (try? XMLElement(parsing: response.body))?.text ?? ""
      found = answer.isEmpty ? "us-east-1" : answer == "EU" ? "eu-west-1" : answer
    } catch S3Failure.refused(let refusal) where !refusal.isTemporary {
      // Not everybody may ask. If the guess is wrong, the next refusal names the region.
      found = refusal.region ?? "us-east-1"
    }
    return region.withLock { region in
      region = region ?? found
      return region
    }
  }
}
