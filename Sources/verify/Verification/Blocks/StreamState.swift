import Platform
import Synchronization
import TSDB
import Thanos

// What a streamed file leaves behind. The pieces of one file come one after the other, each perhaps on another thread;
// the locks are never waited for.

/// The bytes of a file that have passed by.
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

/// The check of an index while it passes by.
final class IndexState: Sendable {
  private let check: Mutex<IndexStreamCheck>

  init(_ check: consuming sending IndexStreamCheck) { self.check = Mutex(check) }

  func scan(_ window: [UInt8]) { check.withLock { $0.scan(unsafe window.span.bytes) } }

  /// - Parameter endsHere: whether all of the index has passed by.
  func finish(endsHere: Bool) -> IndexFindings { check.withLock { $0.finish(endsHere: endsHere) } }
}

/// The check of tombstones while they pass by.
final class TombstonesState: Sendable {
  private let check: Mutex<TombstonesCheck>

  init(_ check: TombstonesCheck) { self.check = Mutex(check) }

  func scan(_ window: [UInt8]) { check.withLock { $0.scan(unsafe window.span.bytes) } }

  /// - Returns: what was found, and how many deletions there are unless the file is broken.
  func finish() -> (faults: FaultList, count: UInt64?) { check.withLock { ($0.finish(), $0.count) } }
}
