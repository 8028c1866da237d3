import Platform
import Synchronization
import Thanos

/// The SHA-256 of a file while it passes by, beside those of others: one hash leaves half of a processor idle, since
/// each of its steps waits for the one before, and two files take hardly longer together than one.
///
/// Windows wait here for those of another file. A file that has `limit` of them waiting, or has ended, waits no longer,
/// and whoever adds more waits with it, so that memory stays small; a waiting task keeps no thread.
final class StreamedHash: Sendable {
  /// Windows of one file that may wait.
  private static let limit = 2
  /// At a time. One goes through more than 2 GB/s.
  private static let threads = 2

  private struct Queue: Sendable {
    /// Files whose windows wait, in the order in which their turns come.
    var files: [(file: StreamedHash, isUrgent: Bool)] = []
    var threads = 0

    var hasTurn: Bool { files.count > 1 || files.first?.isUrgent == true }
  }

  private struct State: Sendable {
    var hash = SHA256Hex()
    var windows: [[UInt8]] = []
    var hasEnded = false
    /// Whether it stands in the queue, or a thread has it in hand.
    var isQueued = false
    var waiting: [CheckedContinuation<Void, Never>] = []

    var isUrgent: Bool { hasEnded || windows.count >= StreamedHash.limit }
  }

  /// Locked inside of a file's `state`, never around one.
  private static let queue = Mutex(Queue())
  private let state = Mutex(State())

  /// Takes the next bytes.
  func add(_ window: [UInt8]) async {
    change { $0.windows.append(window) }
    await wait { $0.windows.count < Self.limit }
  }

  /// The hash of what was added.
  func finalize() async -> String {
    change { $0.hasEnded = true }
    await wait { !$0.isQueued }
    return state.withLock { $0.hash.finalize() }
  }

  private func wait(until isReady: @escaping @Sendable (borrowing State) -> Bool) async {
    while !state.withLock({ isReady($0) }) {
      await withCheckedContinuation { continuation in
        let isReady = state.withLock { state in
          if isReady(state) { return true }
          state.waiting.append(continuation)
          return false
        }
        if isReady { continuation.resume() }
      }
    }
  }

  /// Changes the state, and sees to it that somebody comes for what waits.
  private func change(_ body: (inout State) -> Void) {
    let needsThread = state.withLock { state in
      body(&state)
      guard !state.windows.isEmpty else { return false }
      defer { state.isQueued = true }
      return enqueue(isNew: !state.isQueued, isUrgent: state.isUrgent)
    }
    if needsThread { BlockingPool.shared.start { Self.work() } }
  }

  /// - Returns: whether another thread is to begin.
  private func enqueue(isNew: Bool, isUrgent: Bool) -> Bool {
    Self.queue.withLock { queue in
      if isNew {
        queue.files.append((self, isUrgent))
      } else if let place = queue.files.firstIndex(where: { $0.file === self }) {
        queue.files[place].isUrgent = isUrgent
      }
      // A second one only for a second pair.
      guard queue.hasTurn, queue.threads == 0 || queue.threads < Self.threads && queue.files.count > 1 else {
        return false
      }
      queue.threads += 1
      return true
    }
  }

  // MARK: The threads' side

  private static func work() {
    while let (file, other) = next() {
      let (window, others) = (file.begin(), other?.begin())
      var hash = window.hash
      if let other, let others {
        var second = others.hash
        SHA256Hex.update(&hash, with: unsafe window.bytes.span.bytes, &second, with: unsafe others.bytes.span.bytes)
        other.end(second)
      } else {
        hash.update(unsafe window.bytes.span.bytes)
      }
      file.end(hash)
    }
  }

  private static func next() -> (StreamedHash, StreamedHash?)? {
    queue.withLock { queue in
      guard queue.hasTurn else {
        queue.threads -= 1
        return nil
      }
      let files = queue.files.prefix(2).map(\.file)
      queue.files.removeFirst(files.count)
      return files.first.map { ($0, files.dropFirst().first) }
    }
  }

  /// The next window, of which there is one for every file that stands in the queue.
  private func begin() -> (hash: SHA256Hex, bytes: [UInt8]) {
    state.withLock { state in (state.hash, state.windows.isEmpty ? [] : state.windows.removeFirst()) }
  }

  /// Whoever waits for room has it only now: so files stay abreast, and go in pairs.
  private func end(_ hash: SHA256Hex) {
    var waiting: [CheckedContinuation<Void, Never>] = []
    change { state in
      state.hash = hash
      state.isQueued = false
      swap(&waiting, &state.waiting)
    }
    for continuation in waiting { continuation.resume() }
  }
}
