import HTTP
import Logging

extension S3ObjectUpload {
  /// What an earlier run left.
  enum Earlier {
    case none
    case unfinished(S3Upload, EarlierParts)
    /// The object is there already, and only the answer was lost.
    case finished(PutReceipt)
  }

  /// Asks journal and store for an upload to go on with, and clears away one that is of no use.
  func earlier() async throws -> Earlier {
    guard let journal = options.journal, let unfinished = await journal.unfinished() else { return .none }
    guard let id = unfinished.id, unfinished.partSize == partSize else {
      try await steps.abandonIfPermitted(key, unfinished)
      try await journal.end()
      return .none
    }
    do {
      let begun = S3Upload(key: key, id: id, checksums: unfinished.isChecksummed ? .crc32c : .md5)
      let (upload, parts) = try await steps.list(begun)
      steps.client.logger.info(
        "the upload of \(key) that an earlier run began is taken up, with \(parts.count) of \(regions.count) parts")
      return .unfinished(upload, EarlierParts(listed: parts, noted: unfinished.parts))
    } catch StoreFailure.refused(let refusal) where Self.meansGone(refusal) {
      if let receipt = try await finished(unfinished) { return .finished(receipt) }
    } catch StoreFailure.refused(let refusal) where S3Multipart.meansNotPermitted(refusal) {
      // What the store holds cannot be seen, so it is of no use.
      steps.client.logger.info("an upload of \(key) cannot be taken up, its parts cannot be listed: \(refusal)")
      try await steps.abandonIfPermitted(key, unfinished)
    }
    try await journal.end()
    return .none
  }

  private static func meansGone(_ refusal: StoreRefusal) -> Bool {
    refusal.code == "NoSuchUpload" || refusal.status == 404 && refusal.code != "NoSuchBucket"
  }

  /// The receipt of an upload that the store made an object of, without its answer having come; `nil` if the object is
  /// not there, or holds something else.
  ///
  /// All parts were taken before, so the journal has them.
  private func finished(_ unfinished: UnfinishedUpload) async throws -> PutReceipt? {
    let noted = EarlierParts(listed: [], noted: unfinished.parts).noted
    let parts = regions.indices.compactMap { index -> StoredPart? in
      guard let part = noted[index + 1], part.size == UInt64(regions[index].count) else { return nil }
      return StoredPart(number: part.number, etag: part.etag, size: part.size, crc32c: part.crc32c)
    }
    // By the parts' own ETags, before anything is read: a source gives its content once only.
    guard parts.count == regions.count,
      let head = try await steps.stored(key, checksums: steps.checksums.isTaken),
      head.contentLength == content.size, let etag = head.headers["ETag"].map(AnswerFields.unquoted),
      etag == S3Multipart.etag(of: parts)
    else { return nil }
    let stored = S3Checksums.checksum(in: head)
    let whole = S3Multipart.crc32c(of: parts).map(S3Checksums.checksum)
    if let stored, let whole, stored.algorithm == whole.algorithm, stored != whole { return nil }
    let digests = try await Self.digests(
      of: content, partSize: partSize, stored != nil && stored == whole ? .crc32c : .both)
    guard zip(parts, digests).allSatisfy({ noted[$0.number]?.matches($1) == true }) else {
      guard case .source = content else { return nil }
      try await options.journal?.end()
      throw StoreFailure.malformed("its source gives something else than in an earlier run: start again")
    }
    try await options.confirm?()
    for part in parts {
      options.delivered?(part.size)
      options.moved?(Int64(clamping: part.size))
    }
    try await options.journal?.end()
    let completion = S3Completion(etag: etag, isEncrypted: S3Encryption.replacesETag(head))
    return receipt(of: parts, digests, stored, completion)
  }

  private func receipt(
    of parts: [StoredPart], _ digests: [PayloadDigest], _ stored: ObjectChecksum?, _ completion: S3Completion
  ) -> PutReceipt {
    var parts = parts
    for index in parts.indices { parts[index].crc32c = digests[index].crc32c }
    var completion = completion
    // The store keeps the checksum of the whole only if the upload was begun with it.
    completion.hadChecksum = stored != nil && stored == S3Multipart.crc32c(of: parts).map(S3Checksums.checksum)
    return receipt(of: Transferred(parts: parts, digests: digests.compactMap(\.md5)), completion)
  }
}

extension UploadedPart {
  /// Whether it was sent with this content, as far as both sides know its digests.
  func matches(_ digest: PayloadDigest) -> Bool {
    if let md5, let other = digest.md5 { return Hexadecimal.bytes(md5) == other }
    if let crc32c, let other = digest.crc32c { return crc32c == other }
    return false
  }
}
