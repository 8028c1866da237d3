import ObjectStore
import Synchronization

/// Feeds to a display what is read of a block, from disk or bucket, while it is read.
///
/// A block counts for its size, whatever had to be read of it: what a store's evidence proves is not read at all, and
/// what a copy is compared with is read on both sides. Of a block whose size is not known beforehand every byte counts.
final class ReadMeter: Sendable {
  private let advance: @Sendable (UInt64) -> Void
  /// Bytes that are still to count; `nil` where the size is not known.
  private let rest: Mutex<UInt64?>

  /// - Parameters:
  ///   - size: bytes of the block's files.
  ///   - advance: gets how many bytes there are more, from any thread.
  init(size: UInt64?, advance: @escaping @Sendable (UInt64) -> Void) {
    rest = Mutex(size)
    self.advance = advance
  }

  func add(_ count: Int) {
    let read = UInt64(max(0, count))
    let counted = rest.withLock { rest -> UInt64 in
      guard let left = rest else { return read }
      rest = left - min(left, read)
      return min(left, read)
    }
    if counted > 0 { advance(counted) }
  }

  /// Counts what did not have to be read.
  func finish() {
    let left = rest.withLock { rest in
      defer { rest = rest.map { _ in 0 } }
      return rest ?? 0
    }
    if left > 0 { advance(left) }
  }
}

/// A bucket that tells how much is read of its objects.
struct MeteredBucket: Bucket {
  let base: any Bucket
  let meter: ReadMeter

  var location: String { base.location }
  var name: String { base.name }
  var isMadeByFirstWrite: Bool { base.isMadeByFirstWrite }

  func listPage(prefix: String, style: ListingStyle, after token: ListingToken?) async throws -> ListingPage {
    try await base.listPage(prefix: prefix, style: style, after: token)
  }

  func attributes(of key: String) async throws -> ObjectAttributes { try await base.attributes(of: key) }
  func evidence(of key: String) async throws -> ObjectEvidence { try await base.evidence(of: key) }
  func partSize(of key: String) async throws -> UInt64? { try await base.partSize(of: key) }
  func partSizeOfPut(size: UInt64) -> UInt64? { base.partSizeOfPut(size: size) }

  @discardableResult
  func get(
    _ key: String, range: Range<UInt64>?, receive: @escaping @Sendable ([UInt8]) async throws -> Void
  ) async throws -> ObjectAttributes {
    try await base.get(key, range: range) { [meter] bytes in
      meter.add(bytes.count)
      try await receive(bytes)
    }
  }

  @discardableResult
  func put(_ key: String, _ content: ObjectContent, _ options: PutOptions) async throws -> PutReceipt {
    try await base.put(key, content, options)
  }

  func expectedETag(of content: ObjectContent) async throws -> String? { try await base.expectedETag(of: content) }

  func abandon(_ key: String, _ upload: UnfinishedUpload) async throws { try await base.abandon(key, upload) }

  func delete(_ key: String) async throws { try await base.delete(key) }
}
