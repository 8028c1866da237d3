import HTTP
import Logging
import Synchronization

/// Sends the requests to one bucket. A protocol addresses, signs and reads refusals in `exchange`; repeating what may be
/// repeated is the same for all.
protocol StoreClient: Sendable {
  var line: StoreLine { get }

  /// One request, without repetition save for what the protocol itself provides (in another region, with a new token).
  /// Passes the gate of `line`.
  /// - Parameter attempt: 1 for the first.
  /// - Throws: `StoreFailure`, `CredentialError`, `CancellationError`, or what `body` throws.
  func exchange<Value: Sendable>(
    _ request: StoreRequest, attempt: Int, _ body: (HTTPHead, HTTPExchange) async throws -> Value
  ) async throws -> Value
}

extension StoreClient {
  var logger: Logger { line.logger }

  /// Sends until it succeeds or fails for good, and collects the answer.
  ///
  /// - Parameter check: looks at a good answer; what it throws counts as the request's failure.
  /// - Throws: `StoreFailure`, `CredentialError`, `CancellationError`.
  func send(
    _ request: StoreRequest, limit: Int = 8 << 20, policy: RetryPolicy? = nil,
    check: @Sendable (HTTPResponse, _ attempt: Int) async throws -> Void = { _, _ in }
  ) async throws -> HTTPResponse {
    let patience = RequestPatience()
    // Not the attempts: they may have failed for other reasons.
    let cutAnswers = Atomic(0)
    let progress = LineProgress()
    // Who limits the attempts means them; and a small body is soon sent again.
    let forgives = (policy ?? line.policy).attempts == nil && request.content.size > 4 << 20
    var metered = request
    metered.moved = { [moved = request.moved] bytes in
      progress.moved(bytes)
      moved?(bytes)
    }
    let request = metered
    return try await RequestPatience.$current.withValue(patience) {
      try await patience.excluded(from: policy ?? line.policy).run(
        progress: { forgives ? progress.total : 0 }, willRetry: line.willRetry(request)
      ) { attempt in
        progress.begin()
        let response: HTTPResponse
        do {
          response = try await exchange(request, attempt: attempt) { head, exchange in
            HTTPResponse(head: head, body: try await exchange.collect(limit: limit))
          }
        } catch let failure as StoreFailure {
          if case .connection(let error, _, _) = failure, error.code != .timedOut { progress.brokeOff() }
          throw failure
        }
        // More often cut off on its way than meant so; the last word is the caller's parser's.
        if response.body.first == UInt8(ascii: "<"), (try? XMLElement(parsing: response.body)) == nil,
          cutAnswers.add(1, ordering: .relaxed).newValue < 4
        {
          throw StoreFailure.connection(HTTPError(.broken, "the answer's XML is not complete"), hadContact: true)
        }
        try await check(response, attempt)
        return response
      }
    }
  }

  /// Repeats `operation`, which calls `exchange` once, for as long as there is progress.
  func retrying<Value: Sendable>(
    _ request: StoreRequest, progress: () -> UInt64, _ operation: (_ attempt: Int) async throws -> Value
  ) async throws -> Value {
    let patience = RequestPatience()
    return try await RequestPatience.$current.withValue(patience) {
      try await patience.excluded(from: line.policy)
        .run(progress: progress, willRetry: line.willRetry(request), operation)
    }
  }
}
