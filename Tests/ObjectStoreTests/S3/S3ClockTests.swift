import Fixtures
import HTTP
import Logging
import Platform
import Testing

@testable import ObjectStore

@Suite("S3 with a clock that is wrong, and in the wrong place", .timeLimit(.minutes(1)))
struct S3ClockTests {
  private func bucket(
    _ endpoint: String, environment: @escaping @Sendable (String) -> String? = { _ in nil },
    change: (inout S3Configuration) -> Void = { _ in }
  ) throws -> S3Bucket {
    var configuration = S3Configuration(bucket: "thanos", endpoint: endpoint, accessKey: "key-id", secretKey: "secret")
    configuration.insecure = true
    configuration.region = "us-east-1"
    change(&configuration)
    var policy = RetryPolicy()
    policy.clock = RetryClock(now: { .zero }, sleep: { _ in }, random: { 0 })
    return try S3Bucket(configuration, logger: Logger(label: "test"), environment: environment, policy: policy)
  }

  /// Milliseconds that a request's signature is from the server's time.
  private static func distance(_ request: ScriptedServer.Request, _ now: Int64) -> Int64 {
    if let date = request["Date"].flatMap(HTTPDate.parseHeader) { return abs(date - now) }
    guard let date = request["x-amz-date"] else { return .max }
    var iso = date
    for (offset, mark) in [(13, ":"), (11, ":"), (6, "-"), (4, "-")] {
      iso.insert(contentsOf: mark, at: iso.index(iso.startIndex, offsetBy: offset))
    }
    return HTTPDate.parseISO8601(iso).map { abs($0 - now) } ?? .max
  }

  /// - Parameters:
  ///   - ahead: milliseconds of the server's clock.
  ///   - isSilent: whether its refusals carry no code, as those to HEAD.
  private static func server(ahead: Int64, isSilent: Bool = false, saysTime: Bool = true) throws -> ScriptedServer {
    try ScriptedServer { request, _ in
      let now = WallClock.milliseconds + ahead
      let date = saysTime ? [("Date", HTTPDate.header(now))] : []
      guard distance(request, now) > 900_000 else {
        return .response(200, date + [("ETag", "\"v\"")], request.method == "HEAD" ? "" : "abc")
      }
      return isSilent ? .response(403, date) : .refusal(403, "RequestTimeTooSkewed", date)
    }
  }

  @Test(
    "the store's time is taken once, and kept", arguments: [3_600_000, -3_600_000, 86_400_000] as [Int64],
    [true, false])
  func skew(_ ahead: Int64, _ v2: Bool) async throws {
    let server = try Self.server(ahead: ahead)
    let bucket = try bucket("127.0.0.1:\(server.port)", change: { $0.signatureVersion2 = v2 })
    #expect(try await bucket.read("object", limit: 10) == Array("abc".utf8))
    #expect(server.requests.count == 2)
    #expect(try await bucket.read("object", limit: 10) == Array("abc".utf8))
    #expect(server.requests.count == 3)
  }

  @Test("a bare 403 to HEAD from a store whose time is another is asked again at its time")
  func bare() async throws {
    let server = try Self.server(ahead: 3_600_000, isSilent: true)
    #expect(try await bucket("127.0.0.1:\(server.port)").attributes(of: "object").etag == "v")
  }

  @Test("a store that does not tell its time, or refuses at its own time, too, is not asked for ever")
  func hopeless() async throws {
    let silent = try Self.server(ahead: 3_600_000, saysTime: false)
    let stubborn = try ScriptedServer { _, _ in
      .refusal(403, "RequestTimeTooSkewed", [("Date", HTTPDate.header(WallClock.milliseconds + 3_600_000))])
    }
    for (server, count) in [(silent, 1), (stubborn, 2)] {
      let bucket = try bucket("127.0.0.1:\(server.port)")
      let error = await #expect(throws: BucketError.self) { _ = try await bucket.read("object", limit: 10) }
      #expect(error?.reason.contains("set the clock") == true)
      #expect(server.requests.count == count)
    }
  }

  @Test("at AWS a bucket in another region is asked there, also where the region is not signed", arguments: [false, true])
  func elsewhere(_ v2: Bool) async throws {
    // A proxy sees whole addresses.
    let proxy = try ScriptedServer { request, _ in
      request.target.hasPrefix("http://thanos.s3.dualstack.eu-south-2.amazonaws.com/")
        ? .response(200, [("ETag", "\"v\"")], "abc")
        : .refusal(301, "PermanentRedirect", [("x-amz-bucket-region", "eu-south-2")])
    }
    let address = "http://127.0.0.1:\(proxy.port)"
    let environment: @Sendable (String) -> String? = { $0.lowercased() == "http_proxy" ? address : nil }
    let bucket = try bucket("s3.eu-west-1.amazonaws.com", environment: environment) {
      $0.region = ""
      $0.signatureVersion2 = v2
    }
    #expect(try await bucket.read("object", limit: 10) == Array("abc".utf8))
    #expect(try await bucket.read("object", limit: 10) == Array("abc".utf8))
    #expect(proxy.requests.count == 3)
    #expect(proxy.requests[0].target.hasPrefix("http://thanos.s3.dualstack.eu-west-1.amazonaws.com/"))
    #expect(v2 || proxy.requests[2]["Authorization"]?.contains("/eu-south-2/s3/") == true)
  }
}
