import HTTP

extension S3Bucket {
  /// HEAD with the object's checksum asked for, whether or not this program writes any: others do, and S3 keeps one of
  /// every object since the end of 2024.
  public func evidence(of key: String) async throws -> ObjectEvidence {
    try await operation(.head, key: key) {
      do {
        return try await evidence(of: key, askingForChecksum: true)
      } catch StoreFailure.refused(let refusal) where [400, 403, 501].contains(refusal.status) {
        // The field is unknown to the store, or needs kms:Decrypt. If it is neither, this is refused as well, with the
        // reason.
        return ObjectEvidence(attributes: try await head(key), etagMayBeChecksum: encryption.keepsETags)
      }
    }
  }

  private func evidence(of key: String, askingForChecksum: Bool) async throws -> ObjectEvidence {
    var request = StoreRequest(method: .head, key: key, headers: encryption.reading)
    request.headers.add(S3Checksums.modeField, "ENABLED")
    do {
      let head = try await client.send(request).head
      var attributes = try AnswerFields.attributes(head, size: head.contentLength)
      attributes.checksum = S3Checksums.checksum(in: head)
      return ObjectEvidence(
        attributes: attributes, etagMayBeChecksum: encryption.keepsETags && !S3Encryption.replacesETag(head))
    } catch StoreFailure.refused(let refusal) where refusal.status == 404 && refusal.code.isEmpty {
      // Asked once more in a way that gets a reason: a missing bucket is not a missing object.
      return ObjectEvidence(attributes: try await head(key), etagMayBeChecksum: encryption.keepsETags)
    }
  }

  /// Asks for the first part of an object, and for the last: S3 remembers how an object was cut. Stores that do not, or
  /// do not know the question, answer for the whole object or refuse.
  public func partSize(of key: String) async throws -> UInt64? {
    try await operation(.head, key: key) {
      guard let first = try await part(1, of: key), let count = first.count, count > 0, let size = first.objectSize,
        first.size > 0, size > 0, (size - 1) / first.size == UInt64(count) - 1
      else { return nil }
      guard count > 2 else { return first.size }
      // Parts need not be equal. Where the last one is what is left by equal ones, so are, in practice, those between.
      let rest = size - UInt64(count - 1) * first.size
      guard let last = try await part(count, of: key), last.size == rest else { return nil }
      return first.size
    }
  }

  public func partSizeOfPut(size: UInt64) -> UInt64? { layout.parts(of: size) }

  private struct Part {
    /// Bytes.
    let size: UInt64
    /// How many there are.
    let count: Int?
    /// Bytes of the whole object.
    let objectSize: UInt64?
  }

  private func part(_ number: Int, of key: String) async throws -> Part? {
    let request = StoreRequest(
      method: .head, key: key, query: HTTPQuery([("partNumber", "\(number)")]), headers: encryption.reading)
    do {
      let head = try await client.send(request).head
      guard let size = head.contentLength else { return nil }
      return Part(
        size: size, count: head.headers["x-amz-mp-parts-count"].flatMap { Int($0) },
        objectSize: head.headers["Content-Range"].flatMap(AnswerFields.totalSize))
    } catch StoreFailure.refused(let refusal) where !refusal.isTemporary && refusal.status != 403 {
      return nil
    }
  }
}
