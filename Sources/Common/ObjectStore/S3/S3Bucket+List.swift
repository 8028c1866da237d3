import HTTP

extension S3Bucket {
  public func listPage(prefix: String, style: ListingStyle, after token: ListingToken?) async throws -> ListingPage {
    try await operation(.list, key: nil) {
      var parameters = [("prefix", prefix), ("encoding-type", "url"), ("max-keys", "1000")]
      if style == .delimited { parameters.append(("delimiter", "/")) }
      if !listsV1 { parameters.append(("list-type", "2")) }
      if let token { parameters.append((listsV1 ? "marker" : "continuation-token", token.value)) }
      let request = StoreRequest(method: .get, query: HTTPQuery(parameters))
      let response = try await client.send(request, limit: 8 << 20)
      let page = try S3ListingPage(parsing: response.body, isV1: listsV1)
      if let next = page.next, next == token?.value {
        throw StoreFailure.malformed("the listing does not get any further than its last page")
      }
      // Whoever takes keys for names below a prefix goes by this.
      for key in page.objects.map(\.key) + page.folders where !key.utf8.starts(with: prefix.utf8) {
        throw StoreFailure.malformed("the listing holds \(key), which does not begin with \(prefix)")
      }
      return ListingPage(
        objects: page.objects, folders: page.folders, next: page.next.map { ListingToken($0) })
    }
  }
}

/// The answer to ListObjects (v1) and ListObjectsV2, with whole keys.
struct S3ListingPage: Equatable, Sendable {
  var objects: [ListedObject] = []
  var folders: [String] = []
  /// Marker or continuation token of the next page; `nil` on the last.
  var next: String?

  /// - Throws: `XMLError`, `StoreFailure.malformed`.
  init(parsing bytes: [UInt8], isV1: Bool) throws {
    let root = try XMLElement(parsing: bytes)
    guard root.name == "ListBucketResult" else { throw StoreFailure.malformed("the answer is a \(root.name), no listing") }
    let isEncoded = root["EncodingType"]?.text == "url"
    func plain(_ text: String) throws -> String {
      guard isEncoded else { return text }
      guard let decoded = PercentEncoding.decodeForm(text) else {
        throw StoreFailure.malformed("the listing holds the badly encoded key \(text)")
      }
      return decoded
    }
    for entry in root.all("Contents") {
      guard let key = entry["Key"]?.text, let size = entry["Size"].flatMap({ UInt64($0.text) }) else {
        throw StoreFailure.malformed("the listing holds an object without key or size")
      }
      let attributes = ObjectAttributes(
        size: size, modified: entry["LastModified"].flatMap { HTTPDate.parseISO8601($0.text) },
        etag: entry["ETag"].map { AnswerFields.unquoted($0.text) })
      objects.append(ListedObject(key: try plain(key), attributes: attributes))
    }
    for entry in root.all("CommonPrefixes") {
      if let prefix = entry["Prefix"]?.text { folders.append(try plain(prefix)) }
    }
    guard root["IsTruncated"]?.text == "true" else { return }
    if isV1 {
      // NextMarker comes with a delimiter only; without one the last key is the marker.
      next =
        try root["NextMarker"].map { try plain($0.text) }
        ?? [objects.last?.key, folders.last].compactMap { $0 }.max(
          by: { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    } else {
      next = root["NextContinuationToken"]?.text
    }
    guard next?.isEmpty == false else {
      throw StoreFailure.malformed("the listing is cut off and does not say where it goes on")
    }
  }
}
