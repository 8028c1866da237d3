import HTTP

extension S3Bucket {
  @discardableResult
  public func put(_ key: String, _ content: ObjectContent, _ options: PutOptions) async throws -> PutReceipt {
    let content = try await content.fetched()
    return try await operation(.put, key: key) {
      let size = content.size
      guard size <= S3PartLayout.maximumObject else {
        throw BucketError(.tooLarge, key: key, in: location, "it has \(size) bytes, and an object at most 5 TiB")
      }
      guard let partSize = layout.parts(of: size) else { return try await putWhole(key, content) }
      let etag = try await multipart.put(key, content, partSize: partSize)
      return PutReceipt(etag: etag, partSize: partSize)
    }
  }

  private func putWhole(_ key: String, _ content: ObjectContent) async throws -> PutReceipt {
    guard content.size <= S3PartLayout.maximumPart else {
      throw BucketError(
        .tooLarge, key: key, in: location,
        "it has \(content.size) bytes, and a single request takes 5 GiB: remove `disable_multipart`")
    }
    var request = S3Request(method: .put, key: key, headers: objectFields, content: content)
    for field in encryption.writing.fields { request.headers.add(field.name, field.value) }
    request.digest = try await client.digest(of: content)
    let md5 = request.digest.md5
    let response = try await client.send(request)
    let etag = response.headers["ETag"].map(Self.unquoted)
    if encryption.contradicts(etag, md5, response.head) { client.noteForeignETag(of: key) }
    return PutReceipt(etag: etag, partSize: nil)
  }
}

extension S3Encryption {
  /// Whether an ETag looks like the MD5 of what was sent, and is another.
  func contradicts(_ etag: String?, _ md5: [UInt8]?, _ head: HTTPHead) -> Bool {
    guard keepsETags, let md5, let etag, let stored = Hexadecimal.bytes(etag), stored.count == md5.count else {
      return false
    }
    // The bucket may encrypt by itself, and then the ETag is no MD5 though it looks like one.
    let mode = head.headers["x-amz-server-side-encryption"] ?? ""
    if mode.hasPrefix("aws:") || head.headers["x-amz-server-side-encryption-customer-algorithm"] != nil { return false }
    return stored != md5
  }
}
