public import ObjectStore
import Platform

/// A bucket whose operations are counted.
public struct MeteredBucket: Bucket {
  private let base: any Bucket
  private let metrics: BucketMetrics

  public init(_ base: any Bucket, _ metrics: BucketMetrics) {
    self.base = base
    self.metrics = metrics
  }

  public var location: String { base.location }
  public var name: String { base.name }
  public var isMadeByFirstWrite: Bool { base.isMadeByFirstWrite }

  @discardableResult
  public func createIfMissing() async throws -> Bool { try await base.createIfMissing() }

  public func listPage(prefix: String, style: ListingStyle, after token: ListingToken?) async throws -> ListingPage {
    try await counting(.iter) { try await base.listPage(prefix: prefix, style: style, after: token) }
  }

  public func attributes(of key: String) async throws -> ObjectAttributes {
    try await counting(.attributes) { try await base.attributes(of: key) }
  }

  @discardableResult
  public func get(
    _ key: String, range: Range<UInt64>?, receive: @escaping @Sendable ([UInt8]) async throws -> Void
  ) async throws -> ObjectAttributes {
    let operation: BucketMetrics.Operation = range == nil ? .get : .getRange
    return try await counting(operation) {
      try await base.get(key, range: range) { [metrics] bytes in
        metrics.fetched(bytes.count, by: operation)
        try await receive(bytes)
      }
    }
  }

  @discardableResult
  public func put(_ key: String, _ content: ObjectContent, _ options: PutOptions) async throws -> PutReceipt {
    try await counting(.upload) {
      let receipt = try await base.put(key, content, options)
      metrics.uploaded(content.size, at: WallClock.milliseconds)
      return receipt
    }
  }

  /// Asks nothing of the store, so there is nothing to count.
  public func expectedETag(of content: ObjectContent) async throws -> String? {
    try await base.expectedETag(of: content)
  }

  public func abandon(_ key: String, _ upload: UnfinishedUpload) async throws {
    try await counting(.delete) { try await base.abandon(key, upload) }
  }

  public func delete(_ key: String) async throws {
    try await counting(.delete) { try await base.delete(key) }
  }

  /// A failure is what the bucket answered: neither an object that is not there, nor an interruption, nor an error of the
  /// caller's own is one.
  private func counting<Result>(
    _ operation: BucketMetrics.Operation, _ body: () async throws -> Result
  ) async throws -> Result {
    metrics.began(operation)
    do {
      return try await body()
    } catch let error as BucketError where error.code != .objectNotFound {
      metrics.failed(operation)
      throw error
    }
  }
}
