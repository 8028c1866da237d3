import Synchronization

/// Where the loop's thread, which brings a response, meets the one task that waits for it.
///
/// The loop stops taking bytes from the network while `limit` of them wait here, and goes on when they are fetched.
public final class HTTPExchange: Sendable {
  /// Bytes that may wait for the task.
  static let limit = 1 << 20

  let serial: UInt64
  private let mailbox: HTTPMailbox
  private let state = Mutex(State())

  private struct State {
    var head: HTTPHead?
    var waiting: [UInt8] = []
    var end: Result<Void, any Error>?
    var isPaused = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  init(serial: UInt64, mailbox: HTTPMailbox) {
    self.serial = serial
    self.mailbox = mailbox
  }

  // MARK: The task's side

  /// Waits for the response's head.
  func head() async throws -> HTTPHead {
    await wait { $0.head != nil || $0.end != nil }
    return try state.withLock { state in
      if let head = state.head { return head }
      try state.end?.get()
      throw HTTPError(.broken, "the connection was closed before an answer came")
    }
  }

  /// The next bytes of the body; `nil` at its end.
  /// - Throws: `HTTPError` when the transfer broke off, after all bytes that had come; `CancellationError`.
  public func next() async throws -> [UInt8]? {
    await wait { !$0.waiting.isEmpty || $0.end != nil }
    let (bytes, resume) = try state.withLock { state -> ([UInt8]?, Bool) in
      if case .failure(let error) = state.end, error is CancellationError { throw error }
      guard !state.waiting.isEmpty else {
        try state.end?.get()
        return (nil, false)
      }
      var bytes: [UInt8] = []
      swap(&bytes, &state.waiting)
      let wasPaused = state.isPaused
      state.isPaused = false
      return (bytes, wasPaused)
    }
    if resume { mailbox.post(.resume(serial)) }
    return bytes
  }

  /// Ends the transfer, if it has not ended by itself; whoever waits gets `CancellationError`.
  func cancel() {
    if finish(.failure(CancellationError())) { mailbox.post(.cancel(serial)) }
  }

  private func wait(until ready: @escaping @Sendable (borrowing State) -> Bool) async {
    while !state.withLock({ ready($0) }) {
      await withCheckedContinuation { continuation in
        let isReady = state.withLock { state in
          if ready(state) { return true }
          state.waiter = continuation
          return false
        }
        if isReady { continuation.resume() }
      }
    }
  }

  // MARK: The loop's side

  func deliver(_ head: HTTPHead) {
    change { $0.head = head }
  }

  /// Takes bytes of the body.
  /// - Returns: `false` when enough of them wait already; the bytes are not taken then, and a `.resume` will come.
  func deliver(_ bytes: RawSpan) -> Bool {
    change { state in
      if case .failure = state.end { return true }
      guard state.waiting.count < Self.limit else {
        state.isPaused = true
        return false
      }
      unsafe bytes.withUnsafeBytes { unsafe state.waiting.append(contentsOf: $0) }
      return true
    }
  }

  /// - Returns: `false` if the exchange had ended before.
  @discardableResult
  func finish(_ result: Result<Void, any Error>) -> Bool {
    change { state in
      guard state.end == nil else { return false }
      state.end = result
      return true
    }
  }

  /// Whether the receiver, not the network, is what the transfer waits for.
  var isPaused: Bool { state.withLock { $0.isPaused } }

  private func change<Value>(_ body: (inout State) -> Value) -> Value {
    let (value, waiter) = state.withLock { state in
      let value = body(&state)
      let waiter = state.waiter
      state.waiter = nil
      return (value, waiter)
    }
    waiter?.resume()
    return value
  }
}

/// What other threads ask of the loop.
final class HTTPMailbox: Sendable {
  enum Command: Sendable {
    case start(HTTPRequest, HTTPExchange)
    case resume(UInt64)
    case cancel(UInt64)
    case stop
  }

  let multi: CurlMulti
  private let commands = Mutex<[Command]>([])

  init() throws(HTTPError) { multi = try CurlMulti() }

  func post(_ command: Command) {
    commands.withLock { $0.append(command) }
    multi.wake()
  }

  func take() -> [Command] {
    commands.withLock { commands in
      let all = commands
      commands.removeAll(keepingCapacity: true)
      return all
    }
  }
}
