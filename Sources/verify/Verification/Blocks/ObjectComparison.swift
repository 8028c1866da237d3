import ObjectStore
import Platform

/// Reads an object back and holds every byte of it against a local file. Neither is ever whole in memory.
struct ObjectComparison: Sendable {
  let bucket: any Bucket
  let key: String
  let file: OpenFile

  enum Outcome: Equatable, Sendable {
    /// With the SHA-256 of the bytes, in hexadecimal.
    case equal(sha256: String)
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
    let hash = StreamedHash()
    do throws(any Error) {
      try await bucket.getInWindows(key) { bytes in
        let offset = received.add(UInt64(bytes.count))
        let end = min(offset &+ UInt64(bytes.count), file.size)
        await hash.add(bytes)
        try await BlockingPool.shared.run {
          let local = try file.read(min(offset, end)..<end)
          if local == bytes { return }
          throw Difference(offset: offset &+ UInt64(zip(local, bytes).prefix { $0 == $1 }.count))
        }
      }
    } catch let difference as Difference {
      return .differs(at: difference.offset)
    }
    return received.total == file.size ? .equal(sha256: await hash.finalize()) : .differs(at: received.total)
  }
}
