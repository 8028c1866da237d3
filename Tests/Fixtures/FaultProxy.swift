import Glibc
import Platform
import Synchronization

/// Stands between a program and an HTTP server on the loopback address, hands on what they say unchanged, counts it,
/// and makes faults, the same ones in the same order of requests for the same seed.
///
/// With `FaultMix.none` it only counts. Each connection has a thread of its own and one connection to the server.
public final class FaultProxy: Sendable {
  /// No port could be had.
  public struct Failure: Error {}

  /// Where clients connect to, on 127.0.0.1.
  public let port: UInt16
  private let server: UInt16
  private let isConcerned: @Sendable (_ method: String, _ target: String) -> Bool
  private let state: Mutex<State>

  private struct State {
    var random: SeededRandom
    var mix: FaultMix
    var bytesForwarded: UInt64 = 0
    var requests = 0
    var faults: [NetworkFault: Int] = [:]
    /// The listener's, those of clients and those to the server.
    var open: Set<Int32> = []
    var isStopped = false
  }

  /// - Parameters:
  ///   - server: its port on 127.0.0.1.
  ///   - isConcerned: which requests may meet a fault, by their method and their path with its query.
  public init(
    to server: UInt16, seed: UInt64 = 0, faults mix: FaultMix = .none,
    where isConcerned: @escaping @Sendable (_ method: String, _ target: String) -> Bool = { _, _ in true }
  ) throws {
    guard let (listener, port) = LoopbackStream.listen() else { throw Failure() }
    self.port = port
    self.server = server
    self.isConcerned = isConcerned
    state = Mutex(State(random: SeededRandom(seed: seed), mix: mix, open: [listener]))
    try Thread.start(named: "fault-proxy") { [weak self] in
      while true {
        let descriptor = accept(listener, nil, nil)
        guard descriptor >= 0 else { break }
        guard let self, register(descriptor) else {
          close(descriptor)
          break
        }
        do {
          try Thread.start(named: "fault-conn") { [self] in FaultConnection(LoopbackStream(descriptor), self).serve() }
        } catch {
          end(descriptor)
        }
      }
      // Closed here and nowhere else, so that its number cannot become somebody else's while this thread uses it.
      if let self { end(listener) } else { close(listener) }
    }
  }

  deinit { stop() }

  /// Bytes of requests' bodies that the server was sent.
  public var bytesForwarded: UInt64 { state.withLock { $0.bytesForwarded } }
  /// Requests that came, those that met a fault included.
  public var requests: Int { state.withLock { $0.requests } }
  /// How many of each fault were made.
  public var faults: [NetworkFault: Int] { state.withLock { $0.faults } }

  /// Other faults from now on.
  public func change(to mix: FaultMix) { state.withLock { $0.mix = mix } }

  /// Breaks off all connections and takes no more.
  public func stop() {
    state.withLock { state in
      state.isStopped = true
      for descriptor in state.open { LoopbackStream.interrupt(descriptor) }
    }
  }

  // MARK: What connections need

  var stall: Int32 { Int32(clamping: Int64(state.withLock { $0.mix.stall } / .milliseconds(1))) }

  func count(_ bytes: Int) { state.withLock { $0.bytesForwarded += UInt64(bytes) } }

  /// What is to become of the next request.
  func nextFault(for request: HTTPMessageHead) -> NetworkFault? {
    let isConcerned = isConcerned(request.method, request.target)
    return state.withLock { state in
      state.requests += 1
      guard isConcerned else { return nil }
      let mix = state.mix
      let number = Double.random(in: 0..<1, using: &state.random)
      if let limit = mix.limit, state.faults.values.reduce(0, +) >= limit { return nil }
      return mix.fault(at: number)
    }
  }

  func note(_ fault: NetworkFault) { state.withLock { $0.faults[fault, default: 0] += 1 } }

  func connect() -> LoopbackStream? {
    guard let descriptor = LoopbackStream.connect(to: server) else { return nil }
    guard register(descriptor) else {
      close(descriptor)
      return nil
    }
    return LoopbackStream(descriptor)
  }

  private func register(_ descriptor: Int32) -> Bool {
    state.withLock { state in
      guard !state.isStopped else { return false }
      state.open.insert(descriptor)
      return true
    }
  }

  /// Closes under the lock, so that `stop` can never reach a descriptor that has become somebody else's.
  func end(_ descriptor: Int32) {
    state.withLock { state in
      state.open.remove(descriptor)
      _ = close(descriptor)
    }
  }
}
