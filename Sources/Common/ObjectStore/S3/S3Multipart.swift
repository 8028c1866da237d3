import HTTP
import Platform

/// A part that the store holds.
struct S3Part: Equatable, Sendable {
  /// 1…10 000.
  var number: Int
  var etag: String
  /// Bytes.
  var size: UInt64
}

/// Multipart uploads: the single steps, so that an upload can also be taken up later, and the whole in one.
struct S3Multipart: Sendable {
  let client: S3Client
  let encryption: S3Encryption
  let objectFields: HTTPHeaders
  /// Parts under way at a time, as in minio-go.
  var parallel = 4

  // Keys are whole here, prefix included.

  /// Starts an upload.
  /// - Returns: its ID.
  func create(_ key: String) async throws -> String {
    var request = S3Request(method: .post, key: key, query: HTTPQuery([("uploads", "")]), headers: objectFields)
    for field in encryption.writing.fields { request.headers.add(field.name, field.value) }
    let answer = try XMLElement(parsing: try await client.send(request).body)
    guard let id = answer["UploadId"]?.text, !id.isEmpty else {
      throw S3Failure.malformed("the store started a multipart upload without giving its ID")
    }
    return id
  }

  /// Sends one part.
  /// - Parameter number: 1…10 000.
  func upload(_ content: ObjectContent, number: Int, of key: String, upload id: String) async throws -> S3Part {
    var request = S3Request(
      method: .put, key: key, query: HTTPQuery([("partNumber", "\(number)"), ("uploadId", id)]),
      headers: encryption.reading, content: content)
    request.digest = try await client.digest(of: content)
    let md5 = request.digest.md5
    let response = try await client.send(request)
    guard let etag = response.headers["ETag"].map(S3Bucket.unquoted), !etag.isEmpty else {
      throw S3Failure.malformed("the store took part \(number) without an ETag")
    }
    try encryption.check(etag, against: md5, response.head)
    return S3Part(number: number, etag: etag, size: content.size)
  }

  /// The parts that the store holds of an unfinished upload, by number.
  func list(_ key: String, upload id: String) async throws -> [S3Part] {
    var parts: [S3Part] = []
    var marker: String?
    repeat {
      var parameters = [("uploadId", id), ("max-parts", "1000")]
      if let marker { parameters.append(("part-number-marker", marker)) }
      let request = S3Request(method: .get, key: key, query: HTTPQuery(parameters), headers: encryption.reading)
      let answer = try XMLElement(parsing: try await client.send(request).body)
      for entry in answer.all("Part") {
        guard let number = entry["PartNumber"].flatMap({ Int($0.text) }), let etag = entry["ETag"]?.text,
          let size = entry["Size"].flatMap({ UInt64($0.text) })
        else { throw S3Failure.malformed("the listing holds a part without number, size or ETag") }
        parts.append(S3Part(number: number, etag: S3Bucket.unquoted(etag), size: size))
      }
      let next = answer["NextPartNumberMarker"]?.text
      guard answer["IsTruncated"]?.text == "true", let next, next != marker else { break }
      marker = next
    } while parts.count <= S3PartLayout.maximumParts
    return parts
  }

  /// Makes the object out of its parts.
  /// - Parameter parts: in ascending order.
  /// - Returns: the object's ETag, if the store says it.
  func complete(_ key: String, upload id: String, _ parts: [S3Part]) async throws -> String? {
    let lines = parts.map {
      "<Part><PartNumber>\($0.number)</PartNumber><ETag>&quot;\(Self.escaped($0.etag))&quot;</ETag></Part>"
    }
    let body = Array(
      ("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" + lines.joined()
        + "</CompleteMultipartUpload>").utf8)
    var request = S3Request(
      method: .post, key: key, query: HTTPQuery([("uploadId", id)]), headers: encryption.reading, content: .bytes(body))
    request.headers.add("Content-Type", "application/xml")
    request.digest = try await client.digest(of: request.content)
    do {
      let response = try await client.send(request) { response, _ in try Self.checkCompletion(response) }
      return try XMLElement(parsing: response.body)["ETag"].map { S3Bucket.unquoted($0.text) }
    } catch S3Failure.refused(let refusal) where refusal.code == "NoSuchUpload" {
      // A first attempt may have done it, and only its answer was lost.
      guard let etag = Self.etag(of: parts), try await stored(key) == etag else { throw S3Failure.refused(refusal) }
      return etag
    }
  }

  /// The status may be 200 and the body an error, since the store answers before it is done.
  private static func checkCompletion(_ response: HTTPResponse) throws {
    guard let root = try? XMLElement(parsing: response.body) else {
      throw S3Failure.connection(
        HTTPError(.broken, "the answer to completing the upload was cut off"), hadContact: true)
    }
    if root.name == "Error" {
      throw S3Failure.refused(S3Refusal(response, now: WallClock.milliseconds))
    }
  }

  private func stored(_ key: String) async throws -> String? {
    let response = try await client.send(S3Request(method: .head, key: key, headers: encryption.reading))
    return response.headers["ETag"].map(S3Bucket.unquoted)
  }

  /// The ETag that an object of these parts has by S3's rule; `nil` where a part's ETag is no MD5.
  static func etag(of parts: [S3Part]) -> String? {
    var digests: [UInt8] = []
    for part in parts {
      guard let md5 = Hexadecimal.bytes(part.etag), md5.count == 16 else { return nil }
      digests += md5
    }
    return "\(Hexadecimal.text(PayloadDigest.md5(of: digests)))-\(parts.count)"
  }

  private static func escaped(_ text: String) -> String {
    String(text.map { "&<>\"".contains($0) ? "&#\($0.unicodeScalars.first?.value ?? 63);" : String($0) }.joined())
  }

  /// Throws away an upload and its parts.
  func abort(_ key: String, upload id: String) async throws {
    var policy = RetryPolicy()
    policy.budget = .seconds(10)
    _ = try await client.send(
      S3Request(method: .delete, key: key, query: HTTPQuery([("uploadId", id)])), policy: policy)
  }

  // MARK: The whole

  /// Uploads content in parts. When it fails or is cancelled, the parts are thrown away.
  /// - Returns: the object's ETag, if the store says it.
  func put(_ key: String, _ content: ObjectContent, partSize: UInt64) async throws -> String? {
    let id = try await create(key)
    do {
      let parts = try await uploadAll(content, partSize: partSize, key: key, upload: id)
      return try await complete(key, upload: id, parts)
    } catch {
      await throwAway(key, upload: id)
      throw error
    }
  }

  /// Aborts in a task of its own, which the cancellation of this one does not reach, and does not wait for it for long:
  /// the store clears unfinished uploads away by its own rules, too.
  private func throwAway(_ key: String, upload id: String) async {
    let abortion = Task { try? await abort(key, upload: id) }
    let limit = Task {
      try await Task.sleep(for: .seconds(15))
      abortion.cancel()
    }
    await abortion.value
    limit.cancel()
  }

  private func uploadAll(
    _ content: ObjectContent, partSize: UInt64, key: String, upload id: String
  ) async throws -> [S3Part] {
    let regions = S3PartLayout.regions(of: content.size, partSize: partSize)
    return try await withThrowingTaskGroup(of: S3Part.self) { group in
      var parts: [S3Part] = []
      for (index, region) in regions.enumerated() {
        if index >= parallel, let part = try await group.next() { parts.append(part) }
        group.addTask { try await upload(content.part(region), number: index + 1, of: key, upload: id) }
      }
      for try await part in group { parts.append(part) }
      return parts.sorted { $0.number < $1.number }
    }
  }
}
