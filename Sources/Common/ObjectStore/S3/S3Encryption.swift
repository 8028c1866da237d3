import HTTP
import OrderedJSON
import Platform

/// `sse_config` as the fields that requests carry.
struct S3Encryption: Sendable {
  /// For writes and for the start of a multipart upload.
  let writing: HTTPHeaders
  /// For reads, HEAD and single parts: the customer's key, which the store forgets every time.
  let reading: HTTPHeaders
  /// Whether ETags are the MD5 of the content.
  let keepsETags: Bool

  /// - Throws: `BucketError` when the key file does not hold 32 bytes or would go over an open line.
  init(_ configuration: S3Configuration, location: String) throws {
    switch configuration.encryption {
    case .none:
      (writing, reading, keepsETags) = (HTTPHeaders(), HTTPHeaders(), true)
    case .s3:
      (writing, reading, keepsETags) = (HTTPHeaders([("x-amz-server-side-encryption", "AES256")]), HTTPHeaders(), true)
    case .kms(let keyID, let context):
      var headers = HTTPHeaders([
        ("x-amz-server-side-encryption", "aws:kms"), ("x-amz-server-side-encryption-aws-kms-key-id", keyID),
      ])
      if !context.isEmpty {
        var json: JSONObject = [:]
        for (name, value) in context.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
          json[name] = .string(value)
        }
        headers.add("x-amz-server-side-encryption-context", Base64.text(JSONValue.object(json).bytes()))
      }
      (writing, reading, keepsETags) = (headers, HTTPHeaders(), false)
    case .customerKey(let path):
      guard !configuration.insecure else {
        throw BucketError(.rejected, in: location, "SSE-C would send its key over an open line: remove `insecure`")
      }
      let key = try OpenFile(path).readAll(limit: 1 << 20)
      guard key.count == 32 else {
        throw BucketError(.rejected, in: location, "the encryption key \(path) has \(key.count) bytes, SSE-C needs 32")
      }
      let headers = HTTPHeaders([
        ("x-amz-server-side-encryption-customer-algorithm", "AES256"),
        ("x-amz-server-side-encryption-customer-key", Base64.text(key)),
        ("x-amz-server-side-encryption-customer-key-MD5", Base64.text(PayloadDigest.md5(of: key))),
      ])
      (writing, reading, keepsETags) = (headers, headers, false)
    }
  }
}
