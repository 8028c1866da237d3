import Synchronization
import TSDB
import Thanos

// What a streamed object leaves behind. The pieces of one object come one after the other, each perhaps on another
// thread; the locks are never waited for.

/// The SHA-256 of an object while it passes by.
final class RunningHash: Sendable {
  private let hash = Mutex(SHA256Hex())

  func update(_ bytes: [UInt8]) { hash.withLock { $0.update(unsafe bytes.span.bytes) } }
  func finalize() -> String { hash.withLock { $0.finalize() } }
}

/// The bytes of an object that have passed by.
final class ByteCounter: Sendable {
  private let count = Mutex<UInt64>(0)

  /// - Returns: the count before.
  func add(_ bytes: UInt64) -> UInt64 {
    count.withLock { count in
      defer { count &+= bytes }
      return count
    }
  }

  var total: UInt64 { count.withLock { $0 } }
}

/// The check of a segment while it passes by.
final class SegmentState: Sendable {
  private struct State: ~Copyable {
    var check: SegmentCheck
    var faults: FaultList
  }
  private let state: Mutex<State>

  init(file: String, number: Int) {
    state = Mutex(State(check: SegmentCheck(file: file, number: number), faults: FaultList()))
  }

  func scan(_ bytes: [UInt8]) {
    state.withLock { state in state.check.scan(unsafe bytes.span.bytes, &state.faults) }
  }

  /// - Returns: what was found, the chunks that passed by, and whether those are all of the segment's.
  func finish() -> (faults: FaultList, chunks: ChunkSet, isComplete: Bool) {
    state.withLock { state in
      state.check.finish(&state.faults)
      return (state.faults, state.check.chunks, state.check.isComplete)
    }
  }
}
