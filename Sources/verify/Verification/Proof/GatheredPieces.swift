import ObjectStore
import Synchronization

extension Bucket {
  /// Bytes that are handed on at a time: the pieces in which an object arrives are small, and handing each to another
  /// thread would take longer than hashing it.
  private static var window: Int { 1 << 20 }

  /// Streams a whole object in windows.
  /// - Throws: as `get`.
  func getInWindows(_ key: String, receive: @escaping @Sendable ([UInt8]) async throws -> Void) async throws {
    let pieces = GatheredPieces(window: Self.window)
    try await get(key, range: nil) { bytes in
      if let window = pieces.add(bytes) { try await receive(window) }
    }
    if let rest = pieces.rest() { try await receive(rest) }
  }
}

/// Pieces of an object that wait for more of them. They come one after the other, each perhaps on another thread; the
/// lock is never waited for.
private final class GatheredPieces: Sendable {
  private let window: Int
  private let bytes = Mutex<[UInt8]>([])

  /// - Parameter window: bytes that are gathered at least.
  init(window: Int) { self.window = window }

  /// - Returns: what was gathered, once it is enough.
  func add(_ piece: [UInt8]) -> [UInt8]? {
    bytes.withLock { bytes in
      if bytes.isEmpty, piece.count >= window { return piece }
      bytes += piece
      guard bytes.count >= window else { return nil }
      defer { bytes = [] }
      return bytes
    }
  }

  /// - Returns: `nil` for nothing.
  func rest() -> [UInt8]? { bytes.withLock { $0.isEmpty ? nil : $0 } }
}
