import Synchronization

/// Where the loop's thread, which brings a response, meets the one task that waits for it.
///
/// The loop stops taking bytes from the network while `limit` of them wait here, and goes on when they are fetched.
public final class HTTPExchange: Sendable {
  /// Bytes that may wait for the task. libcurl copies what it has to keep meanwhile, so a busy receiver should seldom
  /// stop it.
  static let limit = 2 << 20
  /// Bytes in one piece from which a body counts as a long one.
  private static let longPiece = 16 << 10

  let serial: UInt64
  private let mailbox: HTTPMailbox
  private let state = Mutex(State())

  private struct State {
    var head: HTTPHead?
    /// Windows that are full, the oldest first.
    var windows: [[UInt8]] = []
    /// What has come after them.
    var rest: [UInt8] = []
    /// Bytes of a window; `nil` where the receiver takes pieces of any size.
    var window: Int?
    var end: Result<Void, any Error>?
    var isPaused = false
    var waiter: Waiter?

    var isEmpty: Bool { windows.isEmpty && rest.isEmpty }
    var count: Int { windows.reduce(rest.count) { $0 + $1.count } }

    /// Every byte is moved once, into the window that the receiver gets.
    mutating func append(_ bytes: RawSpan) {
      guard let window else {
        unsafe bytes.withUnsafeBytes { unsafe rest.append(contentsOf: $0) }
        return
      }
      var place = 0
      while place < bytes.byteCount {
        if rest.isEmpty, bytes.byteCount >= HTTPExchange.longPiece { rest.reserveCapacity(window) }
        let end = place + min(window - rest.count, bytes.byteCount - place)
        unsafe bytes.extracting(place..<end).withUnsafeBytes { unsafe rest.append(contentsOf: $0) }
        place = end
        if rest.count == window { closeWindow() }
      }
    }

    mutating func closeWindow() {
      windows.append(rest)
      rest = []
    }

    /// Gathers from now on, and what has come already.
    mutating func gather(_ size: Int) {
      window = size
      let early = rest
      rest = []
      append(unsafe early.span.bytes)
    }

    mutating func next() -> [UInt8]? {
      if !windows.isEmpty { return windows.removeFirst() }
      guard !rest.isEmpty else { return nil }
      defer { rest = [] }
      return rest
    }
  }

  private struct Waiter {
    let continuation: CheckedContinuation<Void, Never>
    let isReady: @Sendable (borrowing State) -> Bool
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
    await wait { !$0.isEmpty || $0.end != nil }
    return try take()
  }

  /// The next window of the body, `nil` at its end: as many bytes as asked for, fewer only at the end. Waking a task
  /// for each of the pieces in which they come would cost more than moving them.
  /// - Parameter size: bytes, at most half of `limit`; the same from the first call to the last.
  /// - Throws: as `next`; what came before the transfer broke off is handed over first.
  public func next(window size: Int) async throws -> [UInt8]? {
    state.withLock { if $0.window == nil { $0.gather(max(1, min(size, Self.limit / 2))) } }
    await wait { !$0.windows.isEmpty || $0.end != nil }
    return try take()
  }

  private func take() throws -> [UInt8]? {
    let (bytes, resume) = try state.withLock { state -> ([UInt8]?, Bool) in
      if case .failure(let error) = state.end, error is CancellationError { throw error }
      guard let bytes = state.next() else {
        try state.end?.get()
        return (nil, false)
      }
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
          state.waiter = Waiter(continuation: continuation, isReady: ready)
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
      guard state.count < Self.limit else {
        state.isPaused = true
        return false
      }
      state.append(bytes)
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
      guard let waiter = state.waiter, waiter.isReady(state) else { return (value, nil as Waiter?) }
      state.waiter = nil
      return (value, waiter)
    }
    waiter?.continuation.resume()
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
