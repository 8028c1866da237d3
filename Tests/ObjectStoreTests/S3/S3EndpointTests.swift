import HTTP
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
      Case(
        endpoint: "s3.amazonaws.com", region: "cn-northwest-1",
        url: "https://thanos.s3.dualstack.cn-northwest-1.amazonaws.com.cn/a%20b/%C3%BC%2B"),
      Case(
        endpoint: "s3.cn-north-1.amazonaws.com.cn", region: "cn-north-1", disableDualstack: true,
        url: "https://thanos.s3.cn-north-1.amazonaws.com.cn/a%20b/%C3%BC%2B", regionInHost: "cn-north-1"),
      Case(
        endpoint: "s3.us-gov-west-1.amazonaws.com", region: "us-gov-west-1",
        url: "https://thanos.s3.dualstack.us-gov-west-1.amazonaws.com/a%20b/%C3%BC%2B", regionInHost: "us-gov-west-1"),
      Case(
        endpoint: "s3.eu-west-1.amazonaws.com", region: "eu-central-1",
        url: "https://thanos.s3.dualstack.eu-central-1.amazonaws.com/a%20b/%C3%BC%2B", regionInHost: "eu-west-1"),
      Case(
        endpoint: "s3-external-1.amazonaws.com", region: "us-east-1",
        url: "https://thanos.s3.dualstack.us-east-1.amazonaws.com/a%20b/%C3%BC%2B", regionInHost: "us-east-1"),
      Case(
        endpoint: "s3-fips.us-gov-east-1.amazonaws.com", region: "us-gov-east-1",
        url: "https://thanos.s3-fips.us-gov-east-1.amazonaws.com/a%20b/%C3%BC%2B", regionInHost: "us-gov-east-1"),
      Case(
        endpoint: "s3-fips.dualstack.us-east-2.amazonaws.com", region: "us-east-2",
        url: "https://thanos.s3-fips.dualstack.us-east-2.amazonaws.com/a%20b/%C3%BC%2B", regionInHost: "us-east-2"),
      Case(
        endpoint: "bucket.vpce-1a2b3c4d-5e6f.s3.us-east-1.vpce.amazonaws.com", region: "us-east-1", lookup: .path,
        url: "https://bucket.vpce-1a2b3c4d-5e6f.s3.us-east-1.vpce.amazonaws.com/thanos/a%20b/%C3%BC%2B",
        regionInHost: "us-east-1"),
      Case(
        endpoint: "s3-accelerate.amazonaws.com", region: "us-east-1",
        url: "https://thanos.s3-accelerate.amazonaws.com/a%20b/%C3%BC%2B"),
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
    arguments: [
      "", "http://store:9000", "store:port", "store:99999", "store:0", "store:+80", "store:", "a b", "user@store",
      "::1",
      "127.0.0.1?x", "[::1", "[::1]x", "[]", "[store]:9000", "store#", "st%6Fre", "st\u{F6}re",
    ])
  func refuses(_ text: String) {
    var configuration = S3Configuration()
    configuration.bucket = "thanos"
    configuration.endpoint = text
    #expect(S3Endpoint(configuration) == nil)
    configuration.endpoint = "store"
    #expect(S3Endpoint(configuration) != nil)
    configuration.bucket = "a/../b"
    #expect(S3Endpoint(configuration) == nil)
  }
}
