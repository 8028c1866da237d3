extension Bucket {
  public var name: String { location }

  public func createIfMissing() async throws -> Bool { false }

  public var isMadeByFirstWrite: Bool { false }

  public var localFolder: String? { nil }

  public func expectedETag(of content: ObjectContent) async throws -> String? { nil }

  public func abandon(_ key: String, _ upload: UnfinishedUpload) async throws {}

  @discardableResult
  public func put(_ key: String, _ content: ObjectContent) async throws -> PutReceipt {
    try await put(key, content, PutOptions())
  }

  /// Every page of a listing in turn.
  /// - Throws: what `listPage` and `body` throw; `BucketError` with `.rejected` when the store sends the listing in a
  ///   circle, which would never end.
  public func forEachPage(
    prefix: String, style: ListingStyle, _ body: (ListingPage) async throws -> Void
  ) async throws {
    var token: ListingToken?
    var seen: Set<[UInt8]> = []
    repeat {
      let page = try await listPage(prefix: prefix, style: style, after: token)
      try await body(page)
      token = page.next
      if let token, !seen.insert(Array(token.value.utf8)).inserted {
        throw BucketError(
          .rejected, in: location,
          """
          the listing of \(prefix.isEmpty ? "the bucket" : prefix) goes in a circle, page \(seen.count + 1) leads back \
          to one before it: the store is at fault; try the other `list_objects_version`
          """)
      }
    } while token != nil
  }

  /// A whole listing at once. Meant for folders of a few thousand entries.
  public func list(prefix: String, style: ListingStyle) async throws -> ListingPage {
    var all = ListingPage(objects: [], folders: [], next: nil)
    try await forEachPage(prefix: prefix, style: style) { page in
      all.objects += page.objects
      all.folders += page.folders
    }
    return all
  }

  public func exists(_ key: String) async throws -> Bool {
    do {
      _ = try await attributes(of: key)
      return true
    } catch let error as BucketError where error.code == .objectNotFound {
      return false
    }
  }

  /// A small object whole, as meta.json files are.
  /// - Parameter limit: bytes; a larger object is refused before it fills the memory.
  public func read(_ key: String, limit: UInt64) async throws -> [UInt8] {
    try await readWithAttributes(key, limit: limit).content
  }

  /// The same with what the store says of the version that was read.
  public func readWithAttributes(
    _ key: String, limit: UInt64
  ) async throws -> (content: [UInt8], attributes: ObjectAttributes) {
    let collected = Collected()
    let attributes = try await get(key, range: 0..<(limit &+ 1)) { await collected.append($0) }
    let bytes = await collected.bytes
    guard UInt64(bytes.count) <= limit else {
      throw BucketError(.tooLarge, key: key, in: location, "it is larger than \(limit) bytes")
    }
    return (bytes, attributes)
  }
}

/// Bytes as they arrive.
private actor Collected {
  private(set) var bytes: [UInt8] = []
  func append(_ more: [UInt8]) { bytes += more }
}
