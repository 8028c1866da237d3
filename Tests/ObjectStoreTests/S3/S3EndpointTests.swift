import Testing

@testable import ObjectStore

@Suite("Addresses of S3")
struct S3EndpointTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var endpoint: String
    var bucket = "thanos"
    var region: String?
    var lookup = S3Configuration.BucketLookup.auto
    var insecure = false
    var disableDualstack = false
    var url: String
    var regionInHost: String?
    var testDescription: String { "\(endpoint) \(lookup)" }
  }

  @Test(
    "lookup, port, region and encoding",
    arguments: [
      Case(endpoint: "127.0.0.1:9000", insecure: true, url: "http://127.0.0.1:9000/thanos/a%20b/%C3%BC%2B"),
      Case(endpoint: "[::1]:9000", insecure: true, url: "http://[::1]:9000/thanos/a%20b/%C3%BC%2B"),
      Case(endpoint: "[::1]", url: "https://[::1]/thanos/a%20b/%C3%BC%2B"),
      Case(endpoint: "minio.example.com:443", url: "https://minio.example.com/thanos/a%20b/%C3%BC%2B"),
      Case(
        endpoint: "minio.example.com", lookup: .virtualHosted, url: "https://thanos.minio.example.com/a%20b/%C3%BC%2B"),
      Case(endpoint: "oss-cn-beijing.aliyuncs.com", url: "https://thanos.oss-cn-beijing.aliyuncs.com/a%20b/%C3%BC%2B"),
      Case(
        endpoint: "s3.eu-west-1.amazonaws.com", url: "https://thanos.s3.eu-west-1.amazonaws.com/a%20b/%C3%BC%2B",
        regionInHost: "eu-west-1"),
      Case(
        endpoint: "s3-us-gov-west-1.amazonaws.com", lookup: .path,
        url: "https://s3-us-gov-west-1.amazonaws.com/thanos/a%20b/%C3%BC%2B", regionInHost: "us-gov-west-1"),
      Case(
        endpoint: "s3.dualstack.ap-southeast-2.amazonaws.com", bucket: "with.dots",
        url: "https://s3.dualstack.ap-southeast-2.amazonaws.com/with.dots/a%20b/%C3%BC%2B",
        regionInHost: "ap-southeast-2"),
      Case(
        endpoint: "s3.amazonaws.com", region: "eu-north-1",
        url: "https://thanos.s3.dualstack.eu-north-1.amazonaws.com/a%20b/%C3%BC%2B"),
      Case(
        endpoint: "s3.amazonaws.com", region: "eu-north-1", disableDualstack: true,
        url: "https://thanos.s3.eu-north-1.amazonaws.com/a%20b/%C3%BC%2B"),
      Case(endpoint: "s3.amazonaws.com", url: "https://thanos.s3.amazonaws.com/a%20b/%C3%BC%2B"),
    ])
  func address(_ test: Case) throws {
    var configuration = S3Configuration()
    configuration.bucket = test.bucket
    configuration.endpoint = test.endpoint
    configuration.insecure = test.insecure
    configuration.bucketLookup = test.lookup
    configuration.disableDualstack = test.disableDualstack
    let endpoint = try #require(S3Endpoint(configuration))
    #expect(endpoint.url(key: "a b/ü+", region: test.region).text == test.url)
    #expect(endpoint.resource(key: "a b/ü+") == "/\(test.bucket)/a%20b/%C3%BC%2B")
    #expect(endpoint.regionInHost == test.regionInHost)
  }

  @Test(
    "what is no host with a port is refused",
    arguments: ["", "http://store:9000", "store:port", "store:99999", "a b", "user@store"])
  func refuses(_ text: String) {
    var configuration = S3Configuration()
    configuration.endpoint = text
    #expect(S3Endpoint(configuration) == nil)
  }

  @Test(
    "dates are written and read as S3 does",
    arguments: [
      (0, "Thu, 01 Jan 1970 00:00:00 GMT", "19700101T000000Z"),
      (1_175_024_202_000, "Tue, 27 Mar 2007 19:36:42 GMT", "20070327T193642Z"),
      (951_827_696_000, "Tue, 29 Feb 2000 12:34:56 GMT", "20000229T123456Z"),
      (4_107_542_399_000, "Sun, 28 Feb 2100 23:59:59 GMT", "21000228T235959Z"),
    ] as [(Int64, String, String)])
  func dates(_ time: Int64, _ header: String, _ basic: String) {
    #expect(HTTPDate.header(time) == header)
    #expect(HTTPDate.basic(time) == basic)
    #expect(HTTPDate.parseHeader(header) == time)
  }

  @Test(
    "what is no date is none",
    arguments: [
      "", "yesterday", "2009-10-12", "2009-13-12T17:50:30Z", "2009-10-12T17:50:30", "2009-10-12T17:50:30.Z",
      "2009-10-12T25:50:30.000Z",
    ])
  func noDate(_ text: String) {
    #expect(HTTPDate.parseISO8601(text) == nil)
    #expect(HTTPDate.parseHeader(text) == nil)
  }
}
