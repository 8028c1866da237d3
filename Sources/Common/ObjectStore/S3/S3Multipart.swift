import HTTP
import Platform
import Synchronization

/// An upload in parts that the store has begun.
struct S3Upload: Equatable, Sendable {
  /// Whole, prefix included.
  var key: String
  var id: String
  var checksums = S3PartChecksums.md5
  /// Whether it took more than one attempt to begin it: an earlier one may have begun an upload of which nobody knows.
  var mayHaveTwin = false
}

/// What the store says of an object that it made out of parts.
struct S3Completion: Equatable, Sendable {
  /// Without the quotes; `nil` if the store does not say it.
  var etag: String?
  /// Whether that is no checksum, since the bucket encrypts by itself.
  var isEncrypted = false
  /// Whether the store was given the checksum of the whole object.
  var hadChecksum = false
}

/// Multipart uploads: the single steps. `S3ObjectUpload` is the whole.
struct S3Multipart: Sendable {
  let client: S3Client
  let encryption: S3Encryption
  let objectFields: HTTPHeaders
  let checksums: S3Checksums
  /// Parts of one object on their way at a time, as in minio-go.
  var parallel = 4

  // Keys are whole here, prefix included.

  /// Starts an upload, and asks for a CRC-32C of the whole object.
  func create(_ key: String) async throws -> S3Upload {
    let (begun, wasOffered) = try await checksums.offering(true, unless: S3Checksums.mayMeanFields) {
      try await begin(key, withChecksum: $0)
    }
    var upload = begun.upload
    guard wasOffered else { return upload }
    switch S3Checksums.Promise(begun.head) {
    case .wholeObject:
      upload.checksums = .crc32c
    case .other where encryption.keepsETags:
      // It may insist on checksums of that kind from now on (MinIO before full-object checksums does).
      await throwAway(upload)
      checksums.refuse("it keeps checksums of parts only")
      let mayHaveTwin = upload.mayHaveTwin
      upload = try await begin(key, withChecksum: false).upload
      upload.mayHaveTwin = upload.mayHaveTwin || mayHaveTwin
    case .none where encryption.keepsETags: break
    case .other, .none: upload.checksums = .both
    }
    return upload
  }

  private func begin(_ key: String, withChecksum: Bool) async throws -> (upload: S3Upload, head: HTTPHead) {
    var request = StoreRequest(method: .post, key: key, query: HTTPQuery([("uploads", "")]), headers: objectFields)
    for field in encryption.writing.fields { request.headers.add(field.name, field.value) }
    if withChecksum {
      request.headers.add(S3Checksums.algorithmField, S3Checksums.algorithm)
      request.headers.add(S3Checksums.typeField, S3Checksums.wholeObject)
    }
    let attempts = Atomic(1)
    let response = try await client.send(request) { attempts.store($1, ordering: .relaxed) }
    guard let id = try XMLElement(parsing: response.body)["UploadId"]?.text, !id.isEmpty else {
      throw StoreFailure.malformed("the store started a multipart upload without giving its ID")
    }
    return (S3Upload(key: key, id: id, mayHaveTwin: attempts.load(ordering: .relaxed) > 1), response.head)
  }

  /// Runs `send` with the checksums that an upload has. Those that the store has promised to keep are never left out,
  /// whatever it says.
  private func checksummed<Value: Sendable>(
    _ upload: S3Upload, _ send: (_ withChecksum: Bool) async throws -> Value
  ) async throws -> (value: Value, hadChecksum: Bool) {
    if upload.checksums.arePromised { return (try await send(true), true) }
    return try await checksums.offering(upload.checksums.haveCRC32C, send)
  }

  /// Sends one part.
  /// - Parameter moved: called with bytes as they go out; negative where they have to go again.
  func send(
    _ part: PreparedPart, to upload: S3Upload, moved: (@Sendable (_ bytes: Int64) -> Void)? = nil
  ) async throws -> StoredPart {
    let (response, _) = try await checksummed(upload) { withChecksum in
      var request = StoreRequest(
        method: .put, key: upload.key,
        query: HTTPQuery([("partNumber", "\(part.number)"), ("uploadId", upload.id)]), headers: encryption.reading,
        content: part.content, digest: part.digest)
      request.moved = moved
      if withChecksum, let crc = part.digest.crc32c { request.headers.add(S3Checksums.field, S3Checksums.text(crc)) }
      return try await client.sendContent(request)
    }
    guard let etag = response.headers["ETag"].map(AnswerFields.unquoted), !etag.isEmpty else {
      throw StoreFailure.malformed("the store took part \(part.number) without an ETag")
    }
    if encryption.contradicts(etag, part.digest.md5, response.head) {
      client.noteForeignETag(of: "part \(part.number) of \(upload.key)")
    }
    return StoredPart(
      number: part.number, etag: etag, size: part.content.size,
      crc32c: upload.checksums.haveCRC32C ? part.digest.crc32c : nil)
  }

  /// Makes the object out of its parts.
  /// - Parameter parts: in ascending order.
  func complete(_ upload: S3Upload, _ parts: [StoredPart]) async throws -> S3Completion {
    do {
      let (completion, hadChecksum) = try await checksummed(upload) { withChecksum in
        let request = try await completionRequest(of: upload, parts, withChecksum: withChecksum)
        let response = try await client.send(request) { response, _ in try Self.checkCompletion(response) }
        return S3Completion(
          etag: try XMLElement(parsing: response.body)["ETag"].map { AnswerFields.unquoted($0.text) },
          isEncrypted: S3Encryption.replacesETag(response.head))
      }
      return S3Completion(etag: completion.etag, isEncrypted: completion.isEncrypted, hadChecksum: hadChecksum)
    } catch StoreFailure.refused(let refusal) where refusal.code == "NoSuchUpload" {
      // A first attempt may have done it, and only its answer was lost.
      guard let etag = Self.etag(of: parts), let head = try await stored(upload.key),
        head.headers["ETag"].map(AnswerFields.unquoted) == etag
      else { throw StoreFailure.refused(refusal) }
      return S3Completion(
        etag: etag, isEncrypted: S3Encryption.replacesETag(head), hadChecksum: upload.checksums.haveCRC32C)
    }
  }

  private func completionRequest(of upload: S3Upload, _ parts: [StoredPart], withChecksum: Bool) async throws -> StoreRequest {
    let lines = parts.map { part in
      let checksum = withChecksum ? part.crc32c.map { "<ChecksumCRC32C>\(S3Checksums.text($0))</ChecksumCRC32C>" } : nil
      return "<Part><PartNumber>\(part.number)</PartNumber><ETag>&quot;\(Self.escaped(part.etag))&quot;</ETag>"
        + "\(checksum ?? "")</Part>"
    }
    let body = Array(
      ("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" + lines.joined()
        + "</CompleteMultipartUpload>").utf8)
    var request = StoreRequest(
      method: .post, key: upload.key, query: HTTPQuery([("uploadId", upload.id)]), headers: encryption.reading,
      content: .bytes(body))
    request.headers.add("Content-Type", "application/xml")
    if withChecksum, let crc = Self.crc32c(of: parts) {
      request.headers.add(S3Checksums.field, S3Checksums.text(crc))
      request.headers.add(S3Checksums.typeField, S3Checksums.wholeObject)
    }
    request.digest = try await PayloadDigest.of(request.content, sha256: client.signer().signsPayload, md5: true)
    return request
  }

  /// The status may be 200 and the body an error, since the store answers before it is done.
  private static func checkCompletion(_ response: HTTPResponse) throws {
    guard let root = try? XMLElement(parsing: response.body) else {
      throw StoreFailure.connection(
        HTTPError(.broken, "the answer to completing the upload was cut off"), hadContact: true)
    }
    if root.name == "Error" {
      throw StoreFailure.refused(StoreRefusal(response, now: WallClock.milliseconds))
    }
  }

  /// What the store says of the object under a key; `nil` if there is none, or it does not say.
  func stored(_ key: String, checksums: Bool = false) async throws -> HTTPHead? {
    var request = StoreRequest(method: .head, key: key, headers: encryption.reading)
    if checksums { request.headers.add(S3Checksums.modeField, "ENABLED") }
    do {
      return try await client.send(request).head
    } catch StoreFailure.refused(let refusal) where checksums && [400, 403, 501].contains(refusal.status) {
      return try await stored(key)
    } catch StoreFailure.refused(let refusal) where [403, 404].contains(refusal.status) {
      return nil
    }
  }

  /// Throws away an upload and its parts.
  func abort(_ key: String, upload id: String) async throws {
    var policy = RetryPolicy()
    policy.budget = .seconds(10)
    _ = try await client.send(
      StoreRequest(method: .delete, key: key, query: HTTPQuery([("uploadId", id)])), policy: policy)
  }

  // MARK: Of all parts

  /// The ETag that an object of these parts has by S3's rule; `nil` where a part's ETag is no MD5.
  static func etag(of parts: [StoredPart]) -> String? {
    var digests: [[UInt8]] = []
    for part in parts {
      guard let md5 = Hexadecimal.bytes(part.etag), md5.count == 16 else { return nil }
      digests.append(md5)
    }
    return etag(ofParts: digests)
  }

  /// - Parameter digests: the MD5 of each part.
  static func etag(ofParts digests: [[UInt8]]) -> String {
    "\(Hexadecimal.text(PayloadDigest.md5(of: digests.flatMap(\.self))))-\(digests.count)"
  }

  /// The CRC-32C of an object of these parts; `nil` where one of theirs is not known.
  static func crc32c(of parts: [StoredPart]) -> UInt32? {
    var whole: UInt32 = 0
    for part in parts {
      guard let crc = part.crc32c else { return nil }
      whole = CRC32C.combine(whole, crc, sizeOfSecond: part.size)
    }
    return whole
  }

  private static func escaped(_ text: String) -> String {
    String(text.map { "&<>\"".contains($0) ? "&#\($0.unicodeScalars.first?.value ?? 63);" : String($0) }.joined())
  }
}
