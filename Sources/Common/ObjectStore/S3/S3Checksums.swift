import HTTP
import Logging
import Synchronization

/// Full-object checksums (CRC-32C) of what is written: the evidence of what a store holds where ETags are none, as
/// under SSE-KMS and SSE-C, and the cheaper one where objects go in parts. Stores that do not know their fields refuse
/// them (Cloudflare R2, older Ceph and MinIO) and are left alone with them from then on.
///
/// Source: "Checking object integrity in Amazon S3", Amazon S3 user guide.
final class S3Checksums: Sendable {
  static let algorithm = "CRC32C"
  static let field = "x-amz-checksum-crc32c"
  static let algorithmField = "x-amz-checksum-algorithm"
  static let typeField = "x-amz-checksum-type"
  /// Asks HEAD for an object's checksum.
  static let modeField = "x-amz-checksum-mode"
  static let wholeObject = "FULL_OBJECT"

  /// Whether objects that go in one request have them, beside their MD5.
  private let isWanted: Bool
  private let logger: Logger
  private let isRefused = Atomic(false)

  init(isWanted: Bool, logger: Logger) {
    self.isWanted = isWanted
    self.logger = logger
  }

  /// Whether objects that go in one request have them, beside their MD5.
  var isInUse: Bool { isWanted && isTaken }

  /// Whether the store has not refused them so far.
  var isTaken: Bool { !isRefused.load(ordering: .relaxed) }

  /// Nothing of the kind is sent or asked for from now on.
  func refuse(_ reason: String) {
    if isRefused.exchange(true, ordering: .relaxed) { return }
    logger.info("the store takes no checksums of whole objects beside ETags, so none are sent any more: \(reason)")
  }

  /// Runs `send` with checksums unless the store has refused them, and without them after a refusal that may be about
  /// them.
  /// - Parameters:
  ///   - isOffered: whether this very request has them.
  ///   - mayMeanThem: whether a refusal may be about them.
  /// - Returns: what `send` gives, and whether that was with checksums.
  func offering<Value: Sendable>(
    _ isOffered: Bool, unless mayMeanThem: (StoreRefusal) -> Bool = S3Checksums.mayMeanChecksum,
    _ send: (_ withChecksum: Bool) async throws -> Value
  ) async throws -> (value: Value, hadChecksum: Bool) {
    guard isOffered, isTaken else { return (try await send(false), false) }
    do {
      return (try await send(true), true)
    } catch StoreFailure.refused(let refusal) where mayMeanThem(refusal) {
      let value = try await send(false)
      refuse("\(refusal)")
      return (value, false)
    }
  }

  static func mayMeanChecksum(_ refusal: StoreRefusal) -> Bool {
    [400, 501].contains(refusal.status)
      && ["", "InvalidRequest", "NotImplemented", "InvalidArgument"].contains(refusal.code)
  }

  /// The same of a request that has nothing to it but fields: stores have many words for one that they do not know, and a
  /// gateway that drops it makes the signature wrong.
  static func mayMeanFields(_ refusal: StoreRefusal) -> Bool {
    [400, 405, 501].contains(refusal.status) || refusal.code == "SignatureDoesNotMatch"
  }

  /// Big-endian in Base64, as it goes over the wire.
  static func text(_ crc: UInt32) -> String {
    Base64.text((0..<4).map { UInt8(truncatingIfNeeded: crc >> (24 - 8 * $0)) })
  }

  /// - Returns: `nil` for what is no CRC-32C.
  static func crc32c(_ text: String) -> UInt32? {
    guard let bytes = Base64.bytes(text), bytes.count == 4 else { return nil }
    return bytes.reduce(0) { $0 << 8 | UInt32($1) }
  }

  static func checksum(_ crc: UInt32) -> ObjectChecksum { ObjectChecksum(algorithm: algorithm, value: text(crc)) }

  /// What a store says to an upload that was begun with the wish for a checksum of the whole object.
  enum Promise {
    case wholeObject
    /// Checksums of another kind.
    case other
    /// Nothing: it does not know them, or does not tell.
    case none

    init(_ head: HTTPHead) {
      self.init(algorithm: head.headers[algorithmField], type: head.headers[typeField])
    }

    init(algorithm: String?, type: String?) {
      let (algorithm, type) = (algorithm ?? "", type ?? "")
      if algorithm.isEmpty, type.isEmpty {
        self = .none
      } else {
        let isOurs = algorithm.uppercased() == S3Checksums.algorithm && type.uppercased() == S3Checksums.wholeObject
        self = isOurs ? .wholeObject : .other
      }
    }
  }

  /// The checksum of the whole object in the answer to HEAD; `nil` where there is none, or only one of the parts'
  /// checksums.
  static func checksum(in head: HTTPHead) -> ObjectChecksum? {
    let type = head.headers[typeField]
    guard type == nil || type == wholeObject else { return nil }
    // Answers without a type are older than full-object checksums: what went in parts has a checksum of checksums.
    let etag = head.headers["ETag"].map(AnswerFields.unquoted) ?? ""
    guard type != nil || !etag.contains("-") else { return nil }
    for algorithm in ["CRC32C", "CRC64NVME", "CRC32", "SHA256", "SHA1"] {
      guard let value = head.headers["x-amz-checksum-\(algorithm.lowercased())"] else { continue }
      // "…-5" is one of five parts' checksums, whatever else is said; Base64 has no such sign.
      if !value.isEmpty, !value.contains("-") { return ObjectChecksum(algorithm: algorithm, value: value) }
    }
    return nil
  }
}
