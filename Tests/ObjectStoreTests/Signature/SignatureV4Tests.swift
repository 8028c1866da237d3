import HTTP
import Testing

@testable import ObjectStore

@Suite("Signature V4")
struct SignatureV4Tests {
  static let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var method = "GET"
    var path = "/"
    var query: [(String, String)] = []
    var fields: [(String, String)] = []
    var payloadHash = SignatureV4Tests.emptyHash
    var signedHeaders: String
    var signature: String
    var testDescription: String { name }
  }

  /// The examples of "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)".
  static let documentation: [Case] = [
    Case(
      name: "GET Object", path: "/test.txt", fields: [("Range", "bytes=0-9")],
      signedHeaders: "host;range;x-amz-content-sha256;x-amz-date",
      signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
    Case(
      name: "PUT Object", method: "PUT", path: "/test%24file.text",
      fields: [("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
      payloadHash: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
      signedHeaders: "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
      signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
    Case(
      name: "GET Bucket Lifecycle", query: [("lifecycle", "")], signedHeaders: "host;x-amz-content-sha256;x-amz-date",
      signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
    Case(
      name: "List Objects", query: [("prefix", "J"), ("max-keys", "2")],
      signedHeaders: "host;x-amz-content-sha256;x-amz-date",
      signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
  ]

  @Test("the examples of the S3 documentation", arguments: documentation)
  func documented(_ test: Case) {
    let signer = SignatureV4(
      credentials: S3Credentials(
        accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
      region: "us-east-1")
    let fields = [
      ("Host", "examplebucket.s3.amazonaws.com"), ("x-amz-content-sha256", test.payloadHash),
      ("x-amz-date", "20130524T000000Z"),
    ]
    let value = signer.authorization(
      method: test.method, path: test.path, query: HTTPQuery(test.query).encoded,
      headers: HTTPHeaders(fields + test.fields),
      payloadHash: test.payloadHash, date: "20130524T000000Z")
    #expect(
      value == "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
        + "SignedHeaders=\(test.signedHeaders),Signature=\(test.signature)")
  }

  static let all = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

  /// AWS' signature test suite (aws-sig-v4-test-suite), those cases that S3's rules share.
  static let suiteCases: [Case] = [
    Case(
      name: "get-vanilla", signedHeaders: "host;x-amz-date",
      signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    Case(
      name: "get-header-key-duplicate",
      fields: [("My-Header1", "value2"), ("My-Header1", "value2"), ("My-Header1", "value1")],
      signedHeaders: "host;my-header1;x-amz-date",
      signature: "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"),
    Case(
      name: "get-header-value-order",
      fields: [("My-Header1", "value4"), ("My-Header1", "value1"), ("My-Header1", "value3"), ("My-Header1", "value2")],
      signedHeaders: "host;my-header1;x-amz-date",
      signature: "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"),
    Case(
      name: "get-header-value-trim", fields: [("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
      signedHeaders: "host;my-header1;my-header2;x-amz-date",
      signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
    Case(
      name: "get-unreserved", path: PercentEncoding.encode("/" + all, keepingSlashes: true),
      signedHeaders: "host;x-amz-date",
      signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
    Case(
      name: "get-utf8", path: PercentEncoding.encode("/ሴ", keepingSlashes: true), signedHeaders: "host;x-amz-date",
      signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
    Case(
      name: "get-vanilla-empty-query-key", query: [("Param1", "value1")], signedHeaders: "host;x-amz-date",
      signature: "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"),
    Case(
      name: "get-vanilla-query-order-key", query: [("Param1", "value2"), ("Param1", "Value1")],
      signedHeaders: "host;x-amz-date",
      signature: "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1"),
    Case(
      name: "get-vanilla-query-order-key-case", query: [("Param2", "value2"), ("Param1", "value1")],
      signedHeaders: "host;x-amz-date", signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
    Case(
      name: "get-vanilla-query-order-value", query: [("Param1", "value2"), ("Param1", "value1")],
      signedHeaders: "host;x-amz-date", signature: "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"),
    Case(
      name: "get-vanilla-query-unreserved", query: [(all, all)], signedHeaders: "host;x-amz-date",
      signature: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"),
    Case(
      name: "get-vanilla-utf8-query", query: [("ሴ", "bar")], signedHeaders: "host;x-amz-date",
      signature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
    Case(
      name: "post-vanilla", method: "POST", signedHeaders: "host;x-amz-date",
      signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    Case(
      name: "post-header-key-sort", method: "POST", fields: [("My-Header1", "value1")],
      signedHeaders: "host;my-header1;x-amz-date",
      signature: "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"),
    Case(
      name: "post-vanilla-query", method: "POST", query: [("Param1", "value1")], signedHeaders: "host;x-amz-date",
      signature: "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"),
    Case(
      name: "post-x-www-form-urlencoded", method: "POST",
      fields: [("Content-Type", "application/x-www-form-urlencoded")],
      payloadHash: "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e",
      signedHeaders: "content-type;host;x-amz-date",
      signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
  ]

  @Test("AWS' signature test suite", arguments: suiteCases)
  func published(_ test: Case) {
    let signer = SignatureV4(
      credentials: S3Credentials(accessKey: "AKIDEXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
      region: "us-east-1", service: "service")
    let fields = [("Host", "example.amazonaws.com"), ("X-Amz-Date", "20150830T123600Z")]
    let value = signer.authorization(
      method: test.method, path: test.path, query: HTTPQuery(test.query).encoded,
      headers: HTTPHeaders(fields + test.fields),
      payloadHash: test.payloadHash, date: "20150830T123600Z")
    #expect(value.contains("SignedHeaders=\(test.signedHeaders),"))
    #expect(value.hasSuffix("Signature=\(test.signature)"))
  }

  @Test(
    "a session token is sent and signed, and the body's hash is what the connection allows", arguments: [false, true])
  func signer(_ insecure: Bool) throws {
    var configuration = S3Configuration(bucket: "thanos", endpoint: "store:9000", accessKey: "key", secretKey: "secret")
    configuration.insecure = insecure
    let endpoint = try #require(S3Endpoint(configuration))
    let signer = S3Signer(
      credentials: S3Credentials(accessKey: "key", secretKey: "secret", sessionToken: "token"), usesV2: false)
    var request = StoreRequest(method: .put, key: "a b", content: .bytes([1]))
    if insecure { request.digest.sha256 = [UInt8](repeating: 0xab, count: 32) }
    let signed = signer.sign(request, at: endpoint, region: "eu-west-1", now: 1_369_353_600_000)
    #expect(signed.headers["x-amz-security-token"] == "token")
    #expect(signed.headers["x-amz-date"] == "20130524T000000Z")
    #expect(
      signed.headers["x-amz-content-sha256"] == (insecure ? String(repeating: "ab", count: 32) : "UNSIGNED-PAYLOAD"))
    #expect(
      signed.headers["Authorization"]?.contains(
        "/20130524/eu-west-1/s3/aws4_request,SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,")
        == true)
    #expect(signed.url.text == "\(insecure ? "http" : "https")://store:9000/thanos/a%20b")
  }
}
