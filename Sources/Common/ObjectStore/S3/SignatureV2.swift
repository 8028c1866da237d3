import Crypto
import FoundationEssentials
import HTTP

/// AWS' Signature Version 2, which old stores and the configuration key `signature_version2` want.
///
/// Source: "Signing and authenticating REST requests", Amazon S3 user guide (RESTAuthentication).
struct SignatureV2: Sendable {
  var credentials: S3Credentials

  /// The parameters that name a part of a resource and are signed with it. Sorted.
  private static let subresources: Set<String> = [
    "acl", "cors", "delete", "encryption", "legal-hold", "lifecycle", "location", "logging", "notification",
    "partNumber",
    "policy", "replication", "requestPayment", "response-cache-control", "response-content-disposition",
    "response-content-encoding", "response-content-language", "response-content-type", "response-expires", "retention",
    "select", "select-type", "tagging", "torrent", "uploadId", "uploads", "versionId", "versioning", "versions",
    "website",
  ]

  /// The value of the `Authorization` field.
  ///
  /// - Parameters:
  ///   - resource: `/bucket/key` with the key percent-encoded as it is sent, also where the host's name has the bucket.
  ///   - headers: with `Date` or `x-amz-date`.
  func authorization(method: String, resource: String, query: HTTPQuery, headers: HTTPHeaders) -> String {
    var lines = [method, headers["Content-MD5"] ?? "", headers["Content-Type"] ?? ""]
    // An x-amz-date takes the place of the Date, which is then left empty.
    lines.append(headers["x-amz-date"] == nil ? headers["Date"] ?? "" : "")
    lines += Self.amazonLines(headers)
    lines.append(resource + Self.subresource(query))
    let key = SymmetricKey(data: Array(credentials.secretKey.exposed.utf8))
    let code = HMAC<Insecure.SHA1>.authenticationCode(for: Array(lines.joined(separator: "\n").utf8), using: key)
    return "AWS \(credentials.accessKey):\(Base64.text(code))"
  }

  private static func amazonLines(_ headers: HTTPHeaders) -> [String] {
    var values: [String: [String]] = [:]
    for field in headers.fields {
      let name = field.name.lowercased()
      if name.hasPrefix("x-amz-") { values[name, default: []].append(field.value) }
    }
    return values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      .map { "\($0.key):\($0.value.joined(separator: ","))" }
  }

  /// The signed parameters in order, their values not encoded.
  private static func subresource(_ query: HTTPQuery) -> String {
    let signed = query.parameters.filter { subresources.contains($0.name) }
      .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
      .map { $0.value.isEmpty ? $0.name : "\($0.name)=\($0.value)" }
    return signed.isEmpty ? "" : "?" + signed.joined(separator: "&")
  }
}
