import Crypto
import Platform
import Synchronization
import Thanos

/// The hashes of content that is read in ranges, a few at the same time: each is taken in when those before it were.
///
/// A range from the front begins a new pass; whoever still waits in the one before is let go.
final class OrderedDigest: Sendable {
  struct Digests: Equatable, Sendable {
    /// Lower-case hexadecimal.
    var sha256: String
    /// Likewise; `nil` where it was not asked for.
    var md5: String?
  }

  private struct Hashes: Sendable {
    var sha256 = SHA256Hex()
    var md5: Insecure.MD5?
  }

  private struct State {
    var pass = 0
    /// Bytes taken in, from the front.
    var position: UInt64 = 0
    var hashes: Hashes
    var waiting: [UInt64: CheckedContinuation<Void, any Error>] = [:]
    var failure: (any Error)?
  }

  /// The provider asked for ranges in another order than the contract of `ContentSource` says.
  struct OutOfOrder: Error, CustomStringConvertible {
    let offset: UInt64
    let expected: UInt64
    var description: String { "content was asked for from byte \(offset) after byte \(expected) had been read" }
  }

  private let withMD5: Bool
  private let state: Mutex<State>

  init(withMD5: Bool) {
    self.withMD5 = withMD5
    state = Mutex(State(hashes: Hashes(md5: withMD5 ? Insecure.MD5() : nil)))
  }

  /// To be called before the first suspension of a read.
  /// - Returns: the number of the pass.
  func begin(at offset: UInt64) -> Int {
    let (pass, left) = state.withLock { state in
      guard offset == 0 else { return (state.pass, [CheckedContinuation<Void, any Error>]()) }
      let left = Array(state.waiting.values)
      state = State(pass: state.pass + 1, hashes: Hashes(md5: withMD5 ? Insecure.MD5() : nil))
      return (state.pass, left)
    }
    for waiting in left { waiting.resume(throwing: CancellationError()) }
    return pass
  }

  /// Takes in the bytes of a range, when it is their turn.
  /// - Throws: `CancellationError`, `OutOfOrder`, the error of a range before.
  func take(_ bytes: [UInt8], at offset: UInt64, pass: Int) async throws {
    try await turn(of: offset, pass)
    let before = state.withLock { $0.hashes }
    let after = await BlockingPool.shared.run {
      var hashes = before
      unsafe hashes.sha256.update(bytes.span.bytes)
      unsafe bytes.span.bytes.withUnsafeBytes { unsafe hashes.md5?.update(bufferPointer: $0) }
      return hashes
    }
    let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
      guard state.pass == pass else { return nil }
      state.hashes = after
      state.position = offset &+ UInt64(bytes.count)
      return state.waiting.removeValue(forKey: state.position)
    }
    next?.resume()
  }

  private func turn(of offset: UInt64, _ pass: Int) async throws {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let result = state.withLock { state -> Result<Void, any Error>? in
          if Task.isCancelled || state.pass != pass { return .failure(CancellationError()) }
          if let failure = state.failure { return .failure(failure) }
          if state.position == offset { return .success(()) }
          guard state.position < offset, state.waiting[offset] == nil else {
            return .failure(OutOfOrder(offset: offset, expected: state.position))
          }
          state.waiting[offset] = continuation
          return nil
        }
        if let result { continuation.resume(with: result) }
      }
    } onCancel: {
      let waiting = state.withLock { $0.pass == pass ? $0.waiting.removeValue(forKey: offset) : nil }
      waiting?.resume(throwing: CancellationError())
    }
  }

  /// A range could not be read: those after it never get their turn.
  func fail(_ error: any Error, pass: Int) {
    let left = state.withLock { state in
      guard state.pass == pass else { return [CheckedContinuation<Void, any Error>]() }
      state.failure = state.failure ?? error
      defer { state.waiting = [:] }
      return Array(state.waiting.values)
    }
    for waiting in left { waiting.resume(throwing: error) }
  }

  /// - Parameter size: bytes of the whole content.
  /// - Returns: `nil` as long as not all of it was read.
  func digests(of size: UInt64) -> Digests? {
    let hashes = state.withLock { $0.position == size ? $0.hashes : nil }
    return hashes.map { Digests(sha256: $0.sha256.finalize(), md5: $0.md5.map { Self.hexadecimal($0.finalize()) }) }
  }

  private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// The MD5 of bytes, in lower-case hexadecimal.
  static func md5(of bytes: [UInt8]) -> String { hexadecimal(Insecure.MD5.hash(data: bytes)) }
}
