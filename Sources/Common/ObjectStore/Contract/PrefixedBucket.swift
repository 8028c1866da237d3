/// The part of a bucket below a prefix, as a bucket of its own: `prefix` of the configuration.
public struct PrefixedBucket: Bucket {
  private let base: any Bucket
  /// Ends in `/`.
  private let folder: String

  public let location: String

  /// - Parameter prefix: without slashes at either end, not empty.
  public init(_ base: any Bucket, prefix: String) {
    self.base = base
    self.folder = prefix + "/"
    self.location = "\(base.location), prefix \(prefix)"
  }

  public var name: String { base.name }

  @discardableResult
  public func createIfMissing() async throws -> Bool { try await relative("") { try await base.createIfMissing() } }

  public var isMadeByFirstWrite: Bool { base.isMadeByFirstWrite }

  public var localFolder: String? { base.localFolder }

  public func listPage(prefix: String, style: ListingStyle, after token: ListingToken?) async throws -> ListingPage {
    var page = try await relative(prefix) {
      try await base.listPage(prefix: folder + prefix, style: style, after: token)
    }
    for index in page.objects.indices { page.objects[index].key = withoutFolder(page.objects[index].key) }
    page.folders = page.folders.map(withoutFolder)
    return page
  }

  public func attributes(of key: String) async throws -> ObjectAttributes {
    try await relative(key) { try await base.attributes(of: folder + key) }
  }

  public func evidence(of key: String) async throws -> ObjectEvidence {
    try await relative(key) { try await base.evidence(of: folder + key) }
  }

  public func partSize(of key: String) async throws -> UInt64? {
    try await relative(key) { try await base.partSize(of: folder + key) }
  }

  public func partSizeOfPut(size: UInt64) -> UInt64? { base.partSizeOfPut(size: size) }

  @discardableResult
  public func get(
    _ key: String, range: Range<UInt64>?, receive: @escaping @Sendable ([UInt8]) async throws -> Void
  ) async throws -> ObjectAttributes {
    try await relative(key) { try await base.get(folder + key, range: range, receive: receive) }
  }

  @discardableResult
  public func put(_ key: String, _ content: ObjectContent, _ options: PutOptions) async throws -> PutReceipt {
    try await relative(key) { try await base.put(folder + key, content, options) }
  }

  public func expectedETag(of content: ObjectContent) async throws -> String? {
    try await relative("") { try await base.expectedETag(of: content) }
  }

  public func abandon(_ key: String, _ upload: UnfinishedUpload) async throws {
    try await relative(key) { try await base.abandon(folder + key, upload) }
  }

  public func delete(_ key: String) async throws {
    try await relative(key) { try await base.delete(folder + key) }
  }

  /// By bytes: as a `String`, `/` and a combining mark after it would be one character.
  private func withoutFolder(_ key: String) -> String {
    String(decoding: key.utf8.dropFirst(folder.utf8.count), as: UTF8.self)
  }

  private func isOwn(_ key: String?) -> Bool { key.map { $0.utf8.starts(with: folder.utf8) } ?? true }

  /// Errors of the bucket below name the caller's key and this bucket. What a content's source throws may come from the
  /// same bucket, where it was read outside of this folder: that is another place, and stays so.
  private func relative<Result>(_ key: String, _ body: () async throws -> Result) async throws -> Result {
    do {
      return try await body()
    } catch let error as BucketError where error.bucket == base.location && isOwn(error.key) {
      let isSameKey = error.key.map { $0.utf8.elementsEqual((folder + key).utf8) } ?? false
      throw BucketError(
        error.code, key: isSameKey ? key : error.key, in: location, error.reason, cause: error.cause)
    }
  }
}
