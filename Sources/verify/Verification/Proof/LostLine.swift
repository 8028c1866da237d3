import ObjectStore
import Synchronization

/// A bucket that is no longer asked once it has stopped answering. Every request is repeated for minutes before it is
/// given up; with thousands of blocks left, a store that is gone would keep a run busy for days to say of each that it
/// could not be looked at.
struct LostLine: Bucket {
  /// Requests that failed one after the other, none of which was answered in between.
  private static let patience = 16

  private final class State: Sendable {
    let failures = Atomic(0)
  }

  private let base: any Bucket
  private let state = State()

  init(_ base: any Bucket) { self.base = base }

  var location: String { base.location }
  var name: String { base.name }
  var isMadeByFirstWrite: Bool { base.isMadeByFirstWrite }

  /// Only what the network or the store is at fault for counts.
  private func watched<Value>(_ key: String?, _ body: () async throws -> Value) async throws -> Value {
    guard state.failures.load(ordering: .relaxed) < Self.patience else {
      throw BucketError(
        .unavailable, key: key, in: location,
        "not tried: the \(Self.patience) requests before it failed, one after the other; run again when it answers")
    }
    do {
      let value = try await body()
      state.failures.store(0, ordering: .relaxed)
      return value
    } catch let error as BucketError {
      switch error.code {
      case .unavailable, .unreachable: state.failures.add(1, ordering: .relaxed)
      default: state.failures.store(0, ordering: .relaxed)
      }
      throw error
    }
  }

  func listPage(prefix: String, style: ListingStyle, after token: ListingToken?) async throws -> ListingPage {
    try await watched(nil) { try await base.listPage(prefix: prefix, style: style, after: token) }
  }

  func attributes(of key: String) async throws -> ObjectAttributes {
    try await watched(key) { try await base.attributes(of: key) }
  }

  func evidence(of key: String) async throws -> ObjectEvidence {
    try await watched(key) { try await base.evidence(of: key) }
  }

  func partSize(of key: String) async throws -> UInt64? {
    try await watched(key) { try await base.partSize(of: key) }
  }

  func partSizeOfPut(size: UInt64) -> UInt64? { base.partSizeOfPut(size: size) }

  @discardableResult
  func get(
    _ key: String, range: Range<UInt64>?, receive: @escaping @Sendable ([UInt8]) async throws -> Void
  ) async throws -> ObjectAttributes {
    try await watched(key) { try await base.get(key, range: range, receive: receive) }
  }

  @discardableResult
  func put(_ key: String, _ content: ObjectContent, _ options: PutOptions) async throws -> PutReceipt {
    try await watched(key) { try await base.put(key, content, options) }
  }

  func expectedETag(of content: ObjectContent) async throws -> String? { try await base.expectedETag(of: content) }

  func abandon(_ key: String, _ upload: UnfinishedUpload) async throws {
    try await watched(key) { try await base.abandon(key, upload) }
  }

  func delete(_ key: String) async throws { try await watched(key) { try await base.delete(key) } }
}
