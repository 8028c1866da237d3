import HTTP
import Testing

@testable import ObjectStore

/// The examples of "Signing and authenticating REST requests" (RESTAuthentication), in its newer and its older edition.
@Suite("Signature V2")
struct SignatureV2Tests {
  struct Case: Sendable, CustomTestStringConvertible {
    var method: String
    var resource: String
    var query: [(String, String)] = []
    var fields: [(String, String)]
    var signature: String
    var testDescription: String { "\(method) \(resource)" }
  }

  static let cases: [Case] = [
    Case(
      method: "GET", resource: "/awsexamplebucket1/photos/puppy.jpg",
      fields: [("Date", "Tue, 27 Mar 2007 19:36:42 +0000")],
      signature: "qgk2+6Sv9/oM7G3qLEjTH1a1l1g="),
    Case(
      method: "PUT", resource: "/awsexamplebucket1/photos/puppy.jpg",
      fields: [
        ("Content-Type", "image/jpeg"), ("Content-Length", "94328"), ("Date", "Tue, 27 Mar 2007 21:15:45 +0000"),
      ],
      signature: "iqRzw+ileNPu1fhspnRs8nOjjIA="),
    Case(
      method: "GET", resource: "/awsexamplebucket1/",
      query: [("prefix", "photos"), ("max-keys", "50"), ("marker", "puppy")],
      fields: [("User-Agent", "Mozilla/5.0"), ("Date", "Tue, 27 Mar 2007 19:42:41 +0000")],
      signature: "m0WP8eCtspQl5Ahe6L1SozdX9YA="),
    Case(
      method: "GET", resource: "/awsexamplebucket1/", query: [("acl", "")],
      fields: [("Date", "Tue, 27 Mar 2007 19:44:46 +0000")],
      signature: "82ZHiFIjc+WbcwFKGUVEQspPn+0="),
    Case(
      method: "GET", resource: "/johnsmith/photos/puppy.jpg", fields: [("Date", "Tue, 27 Mar 2007 19:36:42 +0000")],
      signature: "bWq2s1WEIj+Ydj0vQ697zp+IXMU="),
    Case(
      method: "DELETE", resource: "/johnsmith/photos/puppy.jpg", fields: [("Date", "Tue, 27 Mar 2007 21:20:26 +0000")],
      signature: "lx3byBScXR6KzyMaifNkardMwNk="),
    Case(
      method: "PUT", resource: "/static.johnsmith.net/db-backup.dat.gz",
      fields: [
        ("Date", "Tue, 27 Mar 2007 21:06:08 +0000"), ("x-amz-acl", "public-read"),
        ("content-type", "application/x-download"),
        ("Content-MD5", "4gJE4saaMU4BqNR0kLY+lw=="), ("X-Amz-Meta-ReviewedBy", "joe@johnsmith.net"),
        ("X-Amz-Meta-ReviewedBy", "jane@johnsmith.net"), ("X-Amz-Meta-FileChecksum", "0x02661779"),
        ("X-Amz-Meta-ChecksumAlgorithm", "crc32"), ("Content-Encoding", "gzip"),
      ],
      signature: "ilyl83RwaSoYIEdixDQcA4OnAnc="),
  ]

  @Test("the examples of the S3 documentation", arguments: cases)
  func documented(_ test: Case) {
    let signer = SignatureV2(
      credentials: S3Credentials(
        accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"))
    let value = signer.authorization(
      method: test.method, resource: test.resource, query: HTTPQuery(test.query), headers: HTTPHeaders(test.fields))
    #expect(value == "AWS AKIAIOSFODNN7EXAMPLE:\(test.signature)")
  }
}
