import Crypto
public import ObjectStore
import Platform
import Thanos

/// Reads objects back, to compare what a store has with what it was sent.
public struct ReadBack: Sendable {
  private let bucket: any Bucket

  public init(_ bucket: any Bucket) { self.bucket = bucket }

  /// The SHA-256 of an object as the store gives it, in lower-case hexadecimal.
  /// - Throws: `BucketError`.
  public func sha256(of key: String) async throws -> String {
    let hash = RunningHash()
    try await bucket.get(key, range: nil) { try await hash.take($0) }
    return await hash.finish()
  }
}

/// A hash of bytes as they arrive, computed off the cooperative threads.
private actor RunningHash {
  private var hash = SHA256Hex()

  func take(_ bytes: [UInt8]) async throws {
    let before = hash
    hash = await BlockingPool.shared.run {
      var hash = before
      unsafe hash.update(bytes.span.bytes)
      return hash
    }
  }

  func finish() -> String { hash.finalize() }
}

extension ObjectContent {
  /// Bytes that content from elsewhere is fetched in.
  private static var fetched: UInt64 { 8 << 20 }

  /// The SHA-256 of the content, which is read, or fetched, once more for it.
  func sha256() async throws -> String {
    switch self {
    case .bytes(let bytes):
      var hash = SHA256Hex()
      unsafe hash.update(bytes.span.bytes)
      return hash.finalize()
    case .file(let file, let range):
      return try await BlockingPool.shared.runCancellably { cancellation in
        var hash = SHA256Hex()
        try file.forEachWindow(of: range) { window in
          try cancellation.check()
          hash.update(window)
        }
        return hash.finalize()
      }
    case .source(let source):
      let hash = RunningHash()
      for start in stride(from: 0, to: source.size, by: Int(Self.fetched)) {
        try Task.checkCancellation()
        try await hash.take(try await source.read(start..<min(source.size, start &+ Self.fetched)))
      }
      return await hash.finish()
    }
  }
}
