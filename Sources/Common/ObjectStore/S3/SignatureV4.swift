import Crypto
import FoundationEssentials
import HTTP

/// AWS' Signature Version 4, in the Authorization field.
///
/// Source: "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)", S3 API reference.
/// A pure function of its arguments: the caller has set every field that is to be signed.
struct SignatureV4: Sendable {
  var credentials: S3Credentials
  var region: String
  var service = "s3"

  /// Fields that proxies or libcurl may set or change.
  private static let unsigned: Set<String> = [
    "authorization", "user-agent", "accept-encoding", "expect", "content-length", "connection",
  ]

  /// The value of the `Authorization` field.
  ///
  /// - Parameters:
  ///   - path: percent-encoded, as it is sent.
  ///   - query: encoded and sorted, as `HTTPQuery.encoded` gives it.
  ///   - headers: all that is to be signed, with `Host` and `x-amz-date`.
  ///   - payloadHash: the hexadecimal SHA-256 of the body, or `UNSIGNED-PAYLOAD`.
  ///   - date: `20130524T000000Z`, the same as in `x-amz-date`.
  func authorization(
    method: String, path: String, query: String, headers: HTTPHeaders, payloadHash: String, date: String
  ) -> String {
    let (lines, names) = Self.canonical(headers)
    let request = "\(method)\n\(path)\n\(query)\n\(lines)\n\(names)\n\(payloadHash)"
    let day = String(date.prefix(8))
    let scope = "\(day)/\(region)/\(service)/aws4_request"
    let digest = Hexadecimal.text(SHA256.hash(data: Array(request.utf8)))
    let text = "AWS4-HMAC-SHA256\n\(date)\n\(scope)\n\(digest)"
    let signature = Hexadecimal.text(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key(day: day)))
    return "AWS4-HMAC-SHA256 Credential=\(credentials.accessKey)/\(scope),SignedHeaders=\(names),Signature=\(signature)"
  }

  /// The fields, a line each, and their names: lower-case, sorted, values of one name joined, runs of blanks made one.
  private static func canonical(_ headers: HTTPHeaders) -> (lines: String, names: String) {
    var values: [String: [String]] = [:]
    for field in headers.fields {
      let name = field.name.lowercased()
      if !unsigned.contains(name) { values[name, default: []].append(singleSpaced(field.value)) }
    }
    let names = values.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let lines = names.map { "\($0):\((values[$0] ?? []).joined(separator: ","))\n" }
    return (lines.joined(), names.joined(separator: ";"))
  }

  private static func singleSpaced(_ value: String) -> String {
    value.split { $0 == " " || $0 == "\t" }.joined(separator: " ")
  }

  private func key(day: String) -> SymmetricKey {
    var key = SymmetricKey(data: Array("AWS4\(credentials.secretKey.exposed)".utf8))
    for part in [day, region, service, "aws4_request"] {
      key = SymmetricKey(data: Array(HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key)))
    }
    return key
  }
}
