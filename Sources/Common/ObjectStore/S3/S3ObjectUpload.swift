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
    regions = S3PartLayout.regions(of: content.size, partSize: partSize)
  }

  /// Goes on with what an earlier run left, or begins anew.
  func run() async throws -> PutReceipt {
    switch try await earlier() {
    case .none: return try await finish(try await begin(), holding: S3EarlierParts())
    case .unfinished(let upload, let parts): return try await finish(upload, holding: parts)
    case .finished(let receipt): return receipt
    }
  }

  private func begin() async throws -> S3Upload {
    let begun = WallClock.milliseconds
    try await options.journal?.begin(partSize: partSize)
    let upload = try await steps.create(key)
    // Before its ID is noted: a later run looks for all of them if this one does not come that far.
    if upload.mayHaveTwin { try await steps.abandonTwins(of: upload, since: begun) }
    do {
      try await options.journal?.began(id: upload.id)
    } catch {
      // Nobody will ever know its ID.
      await steps.throwAway(upload)
      throw error
    }
    return upload
  }

  private func finish(_ upload: S3Upload, holding parts: S3EarlierParts) async throws -> PutReceipt {
    do {
      let transferred = try await transfer(to: upload, holding: parts)
      try await confirm(upload)
      let completion = try await steps.complete(upload, transferred.parts)
      try await options.journal?.end()
      return receipt(of: transferred, completion)
    } catch S3Failure.refused(let refusal) where refusal.condemnsUpload {
      // The next run would come to the same end with it.
      await steps.throwAway(upload)
      try? await options.journal?.end()
      throw S3Failure.refused(refusal)
    } catch {
      // With a journal, the next run goes on with it.
      if options.journal == nil { await steps.throwAway(upload) }
      throw error
    }
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
    var parts: [S3Part] = []
    /// The MD5 of each, or none where they were not computed.
    var digests: [[UInt8]] = []
    /// Bytes.
    var sent: UInt64 = 0
  }

  private enum Step: Sendable {
    case prepared(S3PreparedPart)
    case stored(S3Part, md5: [UInt8]?, wasSent: Bool)
  }

  /// Brings every part to the store that it does not hold. Parts are hashed ahead of those on their way, so that the
  /// network never waits for a hash and hashes can share the processor.
  private func transfer(to upload: S3Upload, holding earlier: S3EarlierParts) async throws -> Transferred {
    let ahead = S3PreparedPart.ahead(of: content, partSize: partSize)
    let batch = S3PreparedPart.batch(of: content)
    var stored: [(part: S3Part, md5: [UInt8]?)] = []
    var sent: UInt64 = 0
    try await withThrowingTaskGroup(of: Step.self) { group in
      var waiting = regions.indices.makeIterator()
      var ready: [S3PreparedPart] = []
      var (open, moving) = (0, 0)
      while true {
        let room = ahead - open
        for _ in 0..<(room < batch ? 0 : room) {
          guard let index = waiting.next() else { break }
          // Immediately, so that a source is asked for its ranges in their order.
          group.addImmediateTask {
            .prepared(
              try await steps.client.prepare(
                index + 1, regions[index], of: content, upload.checksums,
                crc32c: options.crc32c?.checksum(of: regions[index])))
          }
          open += 1
        }
        while moving < steps.parallel, !ready.isEmpty {
          let part = ready.removeFirst()
          group.addTask { try await deliver(part, to: upload, holding: earlier) }
          moving += 1
        }
        guard let step = try await group.next() else { return }
        switch step {
        case .prepared(let part): ready.append(part)
        case .stored(let part, let md5, let wasSent):
          stored.append((part, md5))
          if wasSent { sent += part.size }
          open -= 1
          moving -= 1
        }
      }
    }
    stored.sort { $0.part.number < $1.part.number }
    let digests = stored.compactMap(\.md5)
    return Transferred(
      parts: stored.map(\.part), digests: digests.count == stored.count ? digests : [], sent: sent)
  }

  /// Sends a part, unless the store holds it, and notes it.
  private func deliver(
    _ part: S3PreparedPart, to upload: S3Upload, holding earlier: S3EarlierParts
  ) async throws -> Step {
    let keepsETags = steps.encryption.keepsETags
    var part = part
    var held = earlier.part(holding: part, keepsETags: keepsETags)
    if held == nil, earlier.needsMD5(of: part, keepsETags: keepsETags) {
      part.digest.md5 = try await PayloadDigest.of(part.content, sha256: false, md5: true).md5
      held = earlier.part(holding: part, keepsETags: keepsETags)
    }
    let stored: S3Part
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
    return .stored(stored, md5: part.digest.md5, wasSent: held == nil)
  }

  /// The digests of all parts, hashed side by side, and nothing sent.
  static func digests(
    of content: ObjectContent, partSize: UInt64, _ checksums: S3PartChecksums
  ) async throws -> [PayloadDigest] {
    let regions = S3PartLayout.regions(of: content.size, partSize: partSize)
    let ahead = S3PreparedPart.ahead(of: content, partSize: partSize)
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
