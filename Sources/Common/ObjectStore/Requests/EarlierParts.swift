/// A part that the store holds.
struct StoredPart: Equatable, Sendable {
  /// 1…10 000.
  var number: Int
  /// Without the quotes.
  var etag: String
  /// Bytes.
  var size: UInt64
  /// Of what was sent; `nil` where the upload has no checksums.
  var crc32c: UInt32?
}

/// What is known of the parts of an upload that an earlier run left.
struct EarlierParts: Sendable {
  /// By number, as the store lists them.
  var listed: [Int: StoredPart] = [:]
  /// By number, as the journal has them.
  var noted: [Int: UploadedPart] = [:]

  init() {}

  init(listed: [StoredPart], noted: [UploadedPart]) {
    self.listed = Dictionary(listed.map { ($0.number, $0) }, uniquingKeysWith: { $1 })
    self.noted = Dictionary(noted.map { ($0.number, $0) }, uniquingKeysWith: { $1 })
  }

  /// The part at the store that is sure to hold the same content: by its ETag if that is the content's MD5, else
  /// because the store has computed the same checksum, or because it is the very part that was sent with it.
  func part(holding part: PreparedPart, keepsETags: Bool) -> StoredPart? {
    guard let held = listed[part.number], held.size == part.content.size else { return nil }
    if keepsETags, let md5 = part.digest.md5, Hexadecimal.bytes(held.etag) == md5 { return held }
    if let crc = held.crc32c, let own = part.digest.crc32c { return crc == own ? held : nil }
    guard let noted = noted[part.number], noted.etag == held.etag, noted.size == held.size, noted.matches(part.digest)
    else { return nil }
    return held
  }

  /// Whether the MD5 of a part's content, which is not known yet, could show that the store has it already.
  func needsMD5(of part: PreparedPart, keepsETags: Bool) -> Bool {
    guard part.digest.md5 == nil, let held = listed[part.number], held.size == part.content.size else { return false }
    // Both sides' checksums are known, and say it.
    if held.crc32c != nil, part.digest.crc32c != nil { return false }
    let isNoted = noted[part.number].map { $0.etag == held.etag && $0.crc32c == nil && $0.md5 != nil } ?? false
    return isNoted || keepsETags && Hexadecimal.bytes(held.etag)?.count == 16
  }
}
