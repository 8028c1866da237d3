import HTTP
import Logging
import Platform
import Synchronization

/// The way to one store: a gate, connections, and what is remembered of them. What goes over it is signed already.
final class StoreLine: Sendable {
  let gate: RequestGate
  let policy: RetryPolicy
  private let http: HTTPClient
  private let trace: RequestTrace
  /// Whether the store has ever answered.
  private let contact = Atomic(false)

  /// - Parameters:
  ///   - requests: with content, at a time.
  ///   - traces: whether requests and answers are logged, at debug.
  init(
    _ http: HTTPClient, policy: RetryPolicy, requests: Int = Traffic().requests, logger: Logger, traces: Bool = false
  ) {
    self.http = http
    self.policy = policy
    gate = RequestGate(requests: requests, clock: policy.clock, logger: logger)
    trace = RequestTrace(logger: logger, isOn: traces)
  }

  var logger: Logger { trace.logger }

  /// One request, once.
  /// - Parameters:
  ///   - attempt: 1 for the first.
  ///   - accepts: the statuses whose answers go to `body`; all others are refusals.
  ///   - refusal: reads a refusal's body, or the front of it.
  /// - Throws: `StoreFailure`, `CancellationError`, or what `body` throws.
  func perform<Value: Sendable>(
    _ signed: HTTPRequest, attempt: Int, accepts: (Int) -> Bool = { 200..<300 ~= $0 },
    refusal: (HTTPHead, [UInt8]) -> StoreRefusal, _ body: (HTTPHead, HTTPExchange) async throws -> Value
  ) async throws -> Value {
    trace.request(signed)
    do {
      return try await http.exchange(signed) { head, exchange in
        contact.store(true, ordering: .relaxed)
        trace.response(head, to: signed)
        guard accepts(head.status) else {
          // The status counts even where a page of some gateway comes with it.
          throw StoreFailure.refused(refusal(head, try await exchange.collectFront(limit: 256 << 10)))
        }
        return try await body(head, exchange)
      }
    } catch let error as HTTPError {
      if error.code == .unreadableBody, let cause = error.cause { throw cause }
      let hadContact = contact.load(ordering: .relaxed)
      // An endpoint that has never answered is more likely wrong than in trouble, and a silent one has had its time.
      let isFinal = !hadContact && (attempt >= 3 || error.code == .timedOut)
      throw StoreFailure.connection(error, hadContact: hadContact, isFinal: isFinal)
    }
  }

  func willRetry(_ request: StoreRequest) -> (any Error, Duration) -> Void { trace.retry(of: request) }
}
