import HTTP
import Logging

/// What is known of the parts of an upload that an earlier run left.
struct S3EarlierParts: Sendable {
  /// By number, as the store lists them.
  var listed: [Int: S3Part] = [:]
  /// By number, as the journal has them.
  var noted: [Int: UploadedPart] = [:]

  init() {}

  init(listed: [S3Part], noted: [UploadedPart]) {
    self.listed = Dictionary(listed.map { ($0.number, $0) }, uniquingKeysWith: { $1 })
    self.noted = Dictionary(noted.map { ($0.number, $0) }, uniquingKeysWith: { $1 })
  }

  /// The part at the store that is sure to hold the same content: by its ETag if that is the content's MD5, else
  /// because the store has computed the same checksum, or because it is the very part that was sent with it.
  func part(holding part: S3PreparedPart, keepsETags: Bool) -> S3Part? {
    guard let held = listed[part.number], held.size == part.content.size else { return nil }
    if keepsETags, let md5 = part.digest.md5, Hexadecimal.bytes(held.etag) == md5 { return held }
    if let crc = held.crc32c, let own = part.digest.crc32c { return crc == own ? held : nil }
    guard let noted = noted[part.number], noted.etag == held.etag, noted.size == held.size, noted.matches(part.digest)
    else { return nil }
    return held
  }

  /// Whether the MD5 of a part's content, which is not known yet, could show that the store has it already.
  func needsMD5(of part: S3PreparedPart, keepsETags: Bool) -> Bool {
    guard part.digest.md5 == nil, let held = listed[part.number], held.size == part.content.size else { return false }
    // Both sides' checksums are known, and say it.
    if held.crc32c != nil, part.digest.crc32c != nil { return false }
    let isNoted = noted[part.number].map { $0.etag == held.etag && $0.crc32c == nil && $0.md5 != nil } ?? false
    return isNoted || keepsETags && Hexadecimal.bytes(held.etag)?.count == 16
  }
}

extension S3ObjectUpload {
  /// What an earlier run left.
  enum Earlier {
    case none
    case unfinished(S3Upload, S3EarlierParts)
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
      let (upload, parts) = try await steps.list(S3Upload(key: key, id: id))
      steps.client.logger.info(
        "the upload of \(key) that an earlier run began is taken up, with \(parts.count) of \(regions.count) parts")
      return .unfinished(upload, S3EarlierParts(listed: parts, noted: unfinished.parts))
    } catch S3Failure.refused(let refusal) where Self.meansGone(refusal) {
      if let receipt = try await finished(unfinished) { return .finished(receipt) }
    } catch S3Failure.refused(let refusal) where S3Multipart.meansNotPermitted(refusal) {
      // What the store holds cannot be seen, so it is of no use.
      steps.client.logger.info("an upload of \(key) cannot be taken up, its parts cannot be listed: \(refusal)")
      try await steps.abandonIfPermitted(key, unfinished)
    }
    try await journal.end()
    return .none
  }

  private static func meansGone(_ refusal: S3Refusal) -> Bool {
    refusal.code == "NoSuchUpload" || refusal.status == 404 && refusal.code != "NoSuchBucket"
  }

  /// The receipt of an upload that the store made an object of, without its answer having come; `nil` if the object is
  /// not there, or holds something else.
  ///
  /// All parts were taken before, so the journal has them.
  private func finished(_ unfinished: UnfinishedUpload) async throws -> PutReceipt? {
    let noted = S3EarlierParts(listed: [], noted: unfinished.parts).noted
    let parts = regions.indices.compactMap { index -> S3Part? in
      guard let part = noted[index + 1], part.size == UInt64(regions[index].count) else { return nil }
      return S3Part(number: part.number, etag: part.etag, size: part.size)
    }
    // By the parts' own ETags, before anything is read: a source gives its content once only.
    guard parts.count == regions.count,
      let head = try await steps.stored(key, checksums: steps.checksums.isTaken),
      head.contentLength == content.size, let etag = head.headers["ETag"].map(S3Bucket.unquoted),
      etag == S3Multipart.etag(of: parts)
    else { return nil }
    let stored = S3Checksums.checksum(in: head)
    let areEnough = stored?.algorithm == S3Checksums.algorithm && noted.values.allSatisfy { $0.crc32c != nil }
    let digests = try await Self.digests(
      of: content, partSize: partSize, areEnough ? .crc32c : .both)
    guard zip(parts, digests).allSatisfy({ noted[$0.number]?.matches($1) == true }) else {
      guard case .source = content else { return nil }
      try await options.journal?.end()
      throw S3Failure.malformed("its source gives something else than in an earlier run: start again")
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
    of parts: [S3Part], _ digests: [PayloadDigest], _ stored: ObjectChecksum?, _ completion: S3Completion
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
