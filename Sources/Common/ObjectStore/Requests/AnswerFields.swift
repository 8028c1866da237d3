import HTTP

/// What the fields of an answer say of an object.
enum AnswerFields {
  /// - Parameter size: of the object, in bytes; `nil` where the answer does not say it.
  static func attributes(_ head: HTTPHead, size: UInt64?) throws(StoreFailure) -> ObjectAttributes {
    guard let size else { throw .malformed("the answer does not say how long the object is") }
    return ObjectAttributes(
      size: size, modified: head.headers["Last-Modified"].flatMap(HTTPDate.parseHeader),
      etag: head.headers["ETag"].map(unquoted))
  }

  /// An ETag without its quotes, and without the mark of a weak one.
  static func unquoted(_ etag: String) -> String {
    var text = Substring(etag)
    if text.hasPrefix("W/") { text = text.dropFirst(2) }
    if text.count >= 2, text.first == "\"", text.last == "\"" { text = text.dropFirst().dropLast() }
    return String(text)
  }

  /// The last part of `bytes 0-9/1234` or `bytes */1234`.
  static func totalSize(_ contentRange: String) -> UInt64? {
    contentRange.split(separator: "/").last.flatMap { UInt64($0) }
  }
}
