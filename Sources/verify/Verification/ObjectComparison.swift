import ObjectStore
import Platform
import Synchronization

/// Reads an object back and holds every byte of it against a local file. Neither is ever whole in memory.
struct ObjectComparison: Sendable {
  let bucket: any Bucket
  let key: String
  let file: OpenFile

  enum Outcome: Equatable, Sendable {
    case equal
    /// The first byte that differs, counted from 0; the end of the shorter where one is the beginning of the other.
    case differs(at: UInt64)
  }

  /// Ends the transfer at the first difference: what comes after it proves nothing more.
  private struct Difference: Error {
    let offset: UInt64
  }

  /// - Throws: `BucketError`, `FileError`.
  func run() async throws -> Outcome {
    let received = ByteCounter()
    do throws(any Error) {
      try await bucket.get(key, range: nil) { bytes in
        let offset = received.add(UInt64(bytes.count))
        let end = min(offset &+ UInt64(bytes.count), file.size)
        let local = try await BlockingPool.shared.run { () throws(FileError) in try file.read(min(offset, end)..<end) }
        guard local != bytes else { return }
        throw Difference(offset: offset &+ UInt64(zip(local, bytes).prefix { $0 == $1 }.count))
      }
    } catch let difference as Difference {
      return .differs(at: difference.offset)
    }
    return received.total == file.size ? .equal : .differs(at: received.total)
  }
}

/// Counts bytes that arrive one piece after the other.
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
