import HTTP

extension S3Bucket {
  @discardableResult
  public func put(_ key: String, _ content: ObjectContent, _ options: PutOptions) async throws -> PutReceipt {
    try await operation(.put, key: key) {
      try Task.checkCancellation()
      let size = content.size
      guard size <= S3PartLayout.maximumObject else {
        throw BucketError(.tooLarge, key: key, in: location, "it has \(size) bytes, and an object at most 5 TiB")
      }
      guard let partSize = layout.parts(of: size) else {
        try await forget(key, options)
        return try await putWhole(key, content, options)
      }
      return try await S3ObjectUpload(multipart, key, content, partSize: partSize, options).run()
    }
  }

  /// Clears away an upload in parts of what goes in one request by now.
  private func forget(_ key: String, _ options: PutOptions) async throws {
    guard let journal = options.journal, let unfinished = await journal.unfinished() else { return }
    try await multipart.abandonIfPermitted(key, unfinished)
    try await journal.end()
  }

  private func putWhole(
    _ key: String, _ content: ObjectContent, _ options: PutOptions
  ) async throws -> PutReceipt {
    guard content.size <= S3PartLayout.maximumPart else {
      throw BucketError(
        .tooLarge, key: key, in: location,
        "it has \(content.size) bytes, and a single request takes 5 GiB: remove `disable_multipart`")
    }
    let content = try await content.fetched(0..<content.size)
    let digest = try await client.digest(
      of: content, checksums.isInUse ? .both : .md5, known: S3Client.KnownDigest(sha256: options.sha256))
    try await options.confirm?()
    let (response, hadChecksum) = try await checksums.offering(digest.crc32c != nil) { withChecksum in
      var request = StoreRequest(method: .put, key: key, headers: objectFields, content: content, digest: digest)
      request.moved = options.moved
      for field in encryption.writing.fields { request.headers.add(field.name, field.value) }
      if withChecksum, let crc = digest.crc32c { request.headers.add(S3Checksums.field, S3Checksums.text(crc)) }
      return try await client.sendContent(request)
    }
    options.delivered?(content.size)
    let etag = response.headers["ETag"].map(AnswerFields.unquoted)
    if encryption.contradicts(etag, digest.md5, response.head) { client.noteForeignETag(of: key) }
    let keepsETags = encryption.keepsETags && !S3Encryption.replacesETag(response.head)
    return PutReceipt(
      etag: etag, expectedETag: keepsETags ? digest.md5.map { Hexadecimal.text($0) } : nil,
      checksum: hadChecksum ? digest.crc32c.map(S3Checksums.checksum) : nil, partSize: nil, sent: content.size)
  }

  public func expectedETag(of content: ObjectContent) async throws -> String? {
    guard encryption.keepsETags else { return nil }
    return try await operation(.put, key: nil) {
      let size = content.size
      let digests = try await S3ObjectUpload.digests(
        of: content, partSize: layout.parts(of: size) ?? max(1, size), .md5).compactMap(\.md5)
      guard layout.parts(of: size) == nil else { return S3Multipart.etag(ofParts: digests) }
      return Hexadecimal.text(digests.first ?? PayloadDigest.md5(of: []))
    }
  }

  public func abandon(_ key: String, _ upload: UnfinishedUpload) async throws {
    try await operation(.abort, key: key) { try await multipart.abandon(key, upload) }
  }
}

extension S3Encryption {
  /// Whether the answer to a write says that the bucket encrypts by itself: the ETag is no MD5 then, though it looks
  /// like one.
  static func replacesETag(_ head: HTTPHead) -> Bool {
    let mode = head.headers["x-amz-server-side-encryption"] ?? ""
    return mode.hasPrefix("aws:") || head.headers["x-amz-server-side-encryption-customer-algorithm"] != nil
  }

  /// Whether an ETag looks like the MD5 of what was sent, and is another.
  func contradicts(_ etag: String?, _ md5: [UInt8]?, _ head: HTTPHead) -> Bool {
    guard keepsETags, let md5, let etag, let stored = Hexadecimal.bytes(etag), stored.count == md5.count else {
      return false
    }
    return !Self.replacesETag(head) && stored != md5
  }
}
