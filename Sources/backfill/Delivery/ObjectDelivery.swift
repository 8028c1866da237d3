import Logging
import ObjectStore

/// Brings one object into the bucket, unless it is there.
struct ObjectDelivery: Sendable {
  let bucket: any Bucket
  let notes: DeliveryNotes
  let logger: Logger
  let now: @Sendable () -> Int64
  /// For content that has to be fetched, and lies in memory from then until the store has it.
  let memory: MemoryShare

  /// - Parameters:
  ///   - stored: what the bucket has under the key, by a listing.
  func deliver(
    _ object: OutgoingObject, to key: String, stored: ObjectAttributes?, meter: DeliveryMeter
  ) async throws -> Arrival {
    guard case .source(let source) = object.content else {
      return try await bring(object, to: key, stored: stored, meter: meter)
    }
    return try await memory.holding(source.size) {
      try await bring(object, to: key, stored: stored, meter: meter)
    }
  }

  private func bring(
    _ object: OutgoingObject, to key: String, stored: ObjectAttributes?, meter: DeliveryMeter
  ) async throws -> Arrival {
    if let stored, let arrival = try await found(object, at: key, as: stored) {
      logger.debug("object is there from an earlier run", metadata: ["key": "\(key)"])
      try await forgetUpload(of: key)
      meter.delivered(stored.size)
      meter.moved(Int64(clamping: stored.size))
      return arrival
    }
    let options = PutOptions(
      sha256: object.sha256.flatMap(Self.bytes), crc32c: object.crc32c, journal: notes.journal(of: key, now: now), delivered: meter.delivered,
      moved: meter.moved, confirm: object.confirm)
    let receipt = try await bucket.put(key, object.content, options)
    await notes.arrived(
      key,
      ObjectNotes.Arrived(
        size: object.content.size, sha256: object.knownSHA256, etag: receipt.etag, expectedETag: receipt.expectedETag,
        checksum: receipt.checksum))
    logger.debug("object sent", metadata: ["key": "\(key)", "bytes": "\(receipt.sent)"])
    return Arrival(object: object, key: key, receipt: receipt)
  }

  /// Whether the bucket has the object with this very content. Its size alone shows nothing: what was there before may
  /// be another block's, or half of one.
  private func found(_ object: OutgoingObject, at key: String, as stored: ObjectAttributes) async throws -> Arrival? {
    guard stored.size == object.content.size else { return nil }
    func arrival(
      expecting etag: String?, _ checksum: ObjectChecksum? = nil, isReadBack: Bool = false
    ) -> Arrival {
      Arrival(
        object: object, key: key,
        receipt: PutReceipt(etag: stored.etag, expectedETag: etag, checksum: checksum, partSize: nil),
        isReadBack: isReadBack)
    }
    guard let etag = stored.etag else {
      // A store without ETags is a directory: reading it is the one way, and a cheap one.
      let sha256 = try await sha256(of: object)
      guard try await ReadBack(bucket).sha256(of: key) == sha256 else { return nil }
      if object.sha256 == nil { try await object.confirm?() }
      return arrival(expecting: nil, isReadBack: true)
    }
    if let noted = notes.notes(of: key).arrived, noted.size == stored.size, noted.etag == etag,
      let sha256 = object.sha256, noted.sha256 == sha256
    {
      return arrival(expecting: noted.expectedETag, noted.checksum)
    }
    // Where the content's own hash is known, that has the last word.
    if object.sha256 == nil, let origin = object.originETag, origin == etag { return arrival(expecting: etag) }
    guard let expected = try await bucket.expectedETag(of: object.content), expected == etag else { return nil }
    try await object.confirm?()
    return arrival(expecting: etag)
  }

  private func sha256(of object: OutgoingObject) async throws -> String {
    if let known = object.knownSHA256 { return known }
    return try await object.content.sha256()
  }

  /// An upload in parts that was noted for an object that has come about otherwise takes up room at the store.
  private func forgetUpload(of key: String) async throws {
    guard let upload = notes.notes(of: key).unfinished else { return }
    try await bucket.abandon(key, upload)
    await notes.forgetUpload(key)
  }

  private static func bytes(_ hexadecimal: String) -> [UInt8]? {
    let digits = hexadecimal.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue.map(UInt8.init) }
    guard digits.count == hexadecimal.utf8.count, digits.count == 64 else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}

/// An object that the store says it has taken, or was found to have; not confirmed yet.
struct Arrival: Sendable {
  let object: OutgoingObject
  let key: String
  let receipt: PutReceipt
  /// Whether its bytes were compared already.
  var isReadBack = false
}
