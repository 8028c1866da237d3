import HTTP
import OrderedJSON

/// The JSON that programs, containers and instances give credentials in, with the same names everywhere.
struct CredentialJSON {
  private let object: JSONObject
  private let source: String

  /// - Throws: `CredentialError`, which shows nothing of what was read.
  init(_ bytes: [UInt8], source: String) throws(CredentialError) {
    guard let object = (try? JSONValue(parsing: bytes))?.object else {
      throw CredentialError(.refused, source, "what it gives is no JSON object")
    }
    self.object = object
    self.source = source
  }

  func text(_ key: String) -> String? { object[key]?.string.flatMap { $0.isEmpty ? nil : $0 } }
  func integer(_ key: String) -> Int64? { object[key]?.int64 }

  /// - Parameter token: the key of the session token.
  func credentials(token: String) throws(CredentialError) -> FoundCredentials<S3Credentials> {
    guard let key = text("AccessKeyId"), let secret = text("SecretAccessKey") else {
      throw CredentialError(.refused, source, "its JSON lacks AccessKeyId or SecretAccessKey")
    }
    var expires: Int64?
    if let time = text("Expiration") {
      guard let parsed = Self.time(time) else {
        throw CredentialError(.refused, source, "its Expiration is no time as in 2030-01-31T12:00:00Z")
      }
      expires = parsed
    }
    let credentials = S3Credentials(
      accessKey: key, secretKey: Secret(secret), sessionToken: text(token).map { Secret($0) })
    return FoundCredentials(credentials: credentials, expires: expires, source: source)
  }

  /// ISO 8601 with `Z` or an offset, which programs write (`2030-01-31T12:00:00+02:00`).
  static func time(_ text: String) -> Int64? {
    if let time = HTTPDate.parseISO8601(text) { return time }
    let bytes = Array(text.utf8)
    guard bytes.count > 6, bytes[bytes.count - 3] == UInt8(ascii: ":") else { return nil }
    let offset = text.suffix(6)
    guard let hours = Int64(offset.dropFirst().prefix(2)), let minutes = Int64(offset.suffix(2)),
      0...23 ~= hours, 0...59 ~= minutes, let time = HTTPDate.parseISO8601(text.dropLast(6) + "Z")
    else { return nil }
    switch offset.first {
    case "+": return time - (hours * 60 + minutes) * 60_000
    case "-": return time + (hours * 60 + minutes) * 60_000
    default: return nil
    }
  }
}

/// What a server said, fit for a line: no control characters, not too long, and none of the secrets that went to it.
func printable(_ text: String, without secrets: [Secret] = []) -> String {
  var text = text
  for secret in secrets where !secret.isEmpty { text = text.replacing(secret.exposed, with: "<secret>") }
  return String(
    String.UnicodeScalarView(text.unicodeScalars.prefix(300).map { $0.value < 32 || $0.value == 127 ? " " : $0 }))
}
