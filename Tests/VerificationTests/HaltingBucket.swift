import ObjectStore
import Platform
import Synchronization

/// A bucket that has its reader's task cancelled when a certain block is about to be read, as soon as another one is
/// done.
final class HaltingBucket: Bucket {
  private let base: any Bucket
  private let prefix: String
  private let isReady: @Sendable () -> Bool
  let task = Mutex<Task<Void, any Error>?>(nil)

  /// - Parameters:
  ///   - prefix: of the keys concerned; meta.json can be read.
  ///   - isReady: whether it may happen.
  init(_ base: any Bucket, at prefix: String, when isReady: @escaping @Sendable () -> Bool) {
    (self.base, self.prefix, self.isReady) = (base, prefix, isReady)
  }

  var location: String { base.location }

  private func halt(_ key: String) async throws {
    guard key.hasPrefix(prefix), !key.hasSuffix("/meta.json") else { return }
    while !isReady() { try await Task.sleep(for: .milliseconds(5)) }
    task.withLock { $0?.cancel() }
    throw CancellationError()
  }

  func listPage(prefix: String, style: ListingStyle, after token: ListingToken?) async throws -> ListingPage {
    try await halt(prefix)
    return try await base.listPage(prefix: prefix, style: style, after: token)
  }
  func attributes(of key: String) async throws -> ObjectAttributes {
    try await halt(key)
    return try await base.attributes(of: key)
  }
  func get(
    _ key: String, range: Range<UInt64>?, receive: @escaping @Sendable ([UInt8]) async throws -> Void
  ) async throws -> ObjectAttributes {
    try await halt(key)
    return try await base.get(key, range: range, receive: receive)
  }
  func put(_ key: String, _ content: ObjectContent, _ options: PutOptions) async throws -> PutReceipt {
    try await base.put(key, content, options)
  }
  func delete(_ key: String) async throws { try await base.delete(key) }
}
