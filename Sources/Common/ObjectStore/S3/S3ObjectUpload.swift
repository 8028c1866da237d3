import HTTP
import Platform

/// One object's way into the store in parts: hashed ahead, sent a few at a time, confirmed and completed.
struct S3ObjectUpload: Sendable {
  let steps: S3Multipart
  /// Whole, prefix included.
  let key: String
  let content: ObjectContent
  /// Bytes of each part but the last.
  let partSize: UInt64
  let options: PutOptions
  let regions: [Range<UInt64>]

  init(_ steps: S3Multipart, _ key: String, _ content: ObjectContent, partSize: UInt64, _ options: PutOptions) {
    self.steps = steps
    self.key = key
    self.content = content
    self.partSize = partSize
    self.options = options
    regions = PartTransfer.regions(of: content.size, partSize: partSize)
  }

  /// Goes on with what an earlier run left, or begins anew.
  func run() async throws -> PutReceipt {
    switch try await earlier() {
    case .none: return try await anew()
    case .unfinished(let upload, let parts): return try await finish(upload, holding: parts)
    case .finished(let receipt): return receipt
    }
  }

  private func anew() async throws -> PutReceipt {
    let upload = try await begin()
    do {
      return try await finish(upload, holding: EarlierParts())
    } catch StoreFailure.refused(let refusal) where upload.checksums.arePromised && S3Checksums.mayMeanChecksum(refusal) {
      // It has not kept its promise. Content that is fetched is there only once: the next run begins without it.
      await steps.throwAway(upload)
      try await options.journal?.end()
      steps.checksums.refuse("it has promised to keep one, and then: \(refusal)")
      if case .source = content { throw StoreFailure.refused(refusal) }
      return try await finish(try await begin(), holding: EarlierParts())
    }
  }

  private func begin() async throws -> S3Upload {
    let begun = WallClock.milliseconds
    try await options.journal?.begin(partSize: partSize)
    let upload = try await steps.create(key)
    // Before its ID is noted: a later run looks for all of them if this one does not come that far.
    if upload.mayHaveTwin { try await steps.abandonTwins(of: upload, since: begun) }
    do {
      try await options.journal?.began(id: upload.id, isChecksummed: upload.checksums.arePromised)
    } catch {
      // Nobody will ever know its ID.
      await steps.throwAway(upload)
      throw error
    }
    return upload
  }

  private func finish(_ upload: S3Upload, holding parts: EarlierParts) async throws -> PutReceipt {
    do {
      let transferred = try await transfer(to: upload, holding: parts)
      try await holdAgainstKnown(transferred, upload)
      try await confirm(upload)
      let completion = try await steps.complete(upload, transferred.parts)
      try await options.journal?.end()
      return receipt(of: transferred, completion)
    } catch StoreFailure.refused(let refusal) where refusal.condemnsUpload {
      // The next run would come to the same end with it.
      await steps.throwAway(upload)
      try? await options.journal?.end()
      throw StoreFailure.refused(refusal)
    } catch {
      // With a journal, the next run goes on with it.
      if options.journal == nil { await steps.throwAway(upload) }
      throw error
    }
  }

  /// What was read to be sent must be what was read to be checked, where the checksums of both are there.
  private func holdAgainstKnown(_ transferred: Transferred, _ upload: S3Upload) async throws {
    guard let known = options.crc32c?.checksum(of: 0..<content.size), let sent = S3Multipart.crc32c(of: transferred.parts),
      known != sent
    else { return }
    await steps.throwAway(upload)
    try await options.journal?.end()
    throw StoreFailure.malformed("its file has changed since it was checked: run again")
  }

  /// Asks the caller whether what was read is right. If it is not, no later run may go on with it; a cancellation says
  /// nothing about that.
  private func confirm(_ upload: S3Upload) async throws {
    do {
      try await options.confirm?()
    } catch {
      if let journal = options.journal, !(error is CancellationError) {
        await steps.throwAway(upload)
        try? await journal.end()
      }
      throw error
    }
  }

  func receipt(of transferred: Transferred, _ completion: S3Completion) -> PutReceipt {
    let keepsETags = steps.encryption.keepsETags && !completion.isEncrypted
      && transferred.digests.count == transferred.parts.count
    let crc = completion.hadChecksum ? S3Multipart.crc32c(of: transferred.parts) : nil
    return PutReceipt(
      etag: completion.etag, expectedETag: keepsETags ? S3Multipart.etag(ofParts: transferred.digests) : nil,
      checksum: crc.map(S3Checksums.checksum), partSize: partSize, sent: transferred.sent)
  }
}

// MARK: Parts

extension S3ObjectUpload {
  /// What the store has when all parts are there.
  struct Transferred: Sendable {
    /// In ascending order.
    var parts: [StoredPart] = []
    /// The MD5 of each, or none where they were not computed.
    var digests: [[UInt8]] = []
    /// Bytes.
    var sent: UInt64 = 0
  }

  private struct Delivered: Sendable {
    let part: StoredPart
    let md5: [UInt8]?
    let wasSent: Bool
  }

  /// Brings every part to the store that it does not hold.
  private func transfer(to upload: S3Upload, holding earlier: EarlierParts) async throws -> Transferred {
    let checksums = upload.checksums.fitting(content)
    let delivered = try await PartTransfer(content, partSize: partSize, parallel: steps.parallel).run { number, region in
      try await steps.client.prepare(
        number, region, of: content, checksums, crc32c: options.crc32c?.checksum(of: region))
    } deliver: { part in
      try await deliver(part, to: upload, holding: earlier)
    }
    let digests = delivered.compactMap(\.md5)
    return Transferred(
      parts: delivered.map(\.part), digests: digests.count == delivered.count ? digests : [],
      sent: delivered.reduce(0) { $0 + ($1.wasSent ? $1.part.size : 0) })
  }

  /// Sends a part, unless the store holds it, and notes it.
  private func deliver(
    _ part: PreparedPart, to upload: S3Upload, holding earlier: EarlierParts
  ) async throws -> Delivered {
    let keepsETags = steps.encryption.keepsETags
    var part = part
    var held = earlier.part(holding: part, keepsETags: keepsETags)
    if held == nil, earlier.needsMD5(of: part, keepsETags: keepsETags) {
      part.digest.md5 = try await PayloadDigest.of(part.content, sha256: false, md5: true).md5
      held = earlier.part(holding: part, keepsETags: keepsETags)
    }
    let stored: StoredPart
    if var held {
      held.crc32c = upload.checksums.haveCRC32C ? part.digest.crc32c : nil
      options.moved?(Int64(clamping: held.size))
      stored = held
    } else {
      stored = try await steps.send(part, to: upload, moved: options.moved)
    }
    let noted = UploadedPart(
      number: stored.number, etag: stored.etag, md5: part.digest.md5.map { Hexadecimal.text($0) },
      crc32c: part.digest.crc32c, size: stored.size)
    if earlier.noted[part.number] != noted { try await options.journal?.took(noted) }
    options.delivered?(stored.size)
    return Delivered(part: stored, md5: part.digest.md5, wasSent: held == nil)
  }

  /// The digests of all parts, hashed side by side, and nothing sent.
  static func digests(
    of content: ObjectContent, partSize: UInt64, _ checksums: S3PartChecksums
  ) async throws -> [PayloadDigest] {
    let regions = PartTransfer.regions(of: content.size, partSize: partSize)
    let ahead = PreparedPart.ahead(of: content, partSize: partSize)
    return try await withThrowingTaskGroup(of: (Int, PayloadDigest).self) { group in
      var digests = [PayloadDigest](repeating: PayloadDigest(), count: regions.count)
      for (index, region) in regions.enumerated() {
        if index >= ahead, let (done, digest) = try await group.next() { digests[done] = digest }
        group.addImmediateTask {
          try Task.checkCancellation()
          return (
            index,
            try await PayloadDigest.of(
              try await content.fetched(region), sha256: false, md5: checksums.haveMD5, crc32c: checksums.haveCRC32C)
          )
        }
      }
      for try await (done, digest) in group { digests[done] = digest }
      return digests
    }
  }
}
