import Fixtures
import Logging
import Platform
import Synchronization
import Testing

@testable import ObjectStore

@Suite("Credentials: renewal during a run", .timeLimit(.minutes(1)))
struct CredentialHolderTests {
  /// A source whose credentials are numbered and last for a time, with a clock of its own.
  private final class Source: CredentialSource {
    struct Failure: Error {}
    struct State {
      /// Milliseconds.
      var now: Int64 = 1_000_000
      var life: Int64? = 3_600_000
      var asked = 0
      var fails = false
      var hasNone = false
      var gate: [CheckedContinuation<Void, Never>]?
    }

    let state = Mutex(State())
    let place = "a place"
    var asked: Int { state.withLock { $0.asked } }
    var now: Int64 { state.withLock { $0.now } }

    func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    func open() {
      let waiting = state.withLock { state in
        defer { state.gate = nil }
        return state.gate ?? []
      }
      for continuation in waiting { continuation.resume() }
    }

    func find() async throws -> FoundCredentials<S3Credentials>? {
      let number = state.withLock { state in
        state.asked += 1
        return state.asked
      }
      await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        let isOpen = state.withLock { state in
          state.gate?.append(continuation)
          return state.gate == nil
        }
        if isOpen { continuation.resume() }
      }
      return try state.withLock { state in
        if state.fails { throw CredentialError(.unreachable, "a source", "out of order") }
        return state.hasNone
          ? nil
          : FoundCredentials(
            credentials: .named("n\(number)"), expires: state.life.map { state.now + $0 }, source: "a source")
      }
    }
  }

  private let source = Source()

  private func holder(allowsAnonymous: Bool = false) -> CredentialHolder<S3Credentials> {
    CredentialHolder(
      source, allowsAnonymous: allowsAnonymous, configurationKey: "access_key", now: { [source] in source.now },
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  /// Asks until other credentials come, since requests do not wait for a renewal.
  private func changed(from old: String, _ holder: CredentialHolder<S3Credentials>) async throws -> String? {
    while true {
      let key = try await holder.current()?.accessKey
      if key != old { return key }
      try await Task.sleep(for: .milliseconds(1))
    }
  }

  private func waitUntilAsked(_ count: Int) async throws {
    while source.asked < count { try await Task.sleep(for: .milliseconds(1)) }
  }

  /// Waits for the end of a renewal that nobody waits for.
  private func waitUntilSettled(_ holder: CredentialHolder<S3Credentials>, asked count: Int) async throws {
    try await waitUntilAsked(count)
    while holder.isRenewing { try await Task.sleep(for: .milliseconds(1)) }
  }

  @Test("a hundred requests at once ask the source once")
  func concurrency() async throws {
    source.change { $0.gate = [] }
    let holder = holder()
    let keys = try await withThrowingTaskGroup(of: String?.self) { group in
      for _ in 0..<100 { group.addTask { try await holder.current()?.accessKey } }
      try await waitUntilAsked(1)
      source.open()
      var keys: Set<String?> = []
      for try await key in group { keys.insert(key) }
      return keys
    }
    #expect(keys == ["n1-id"])
    #expect(source.asked == 1)
  }

  @Test("credentials are renewed five minutes before their end, while requests go on with the old ones")
  func renewal() async throws {
    let holder = holder()
    #expect(try await holder.current() == .named("n1"))
    source.change { $0.now += 3_299_999 }
    #expect(try await holder.current() == .named("n1"))
    #expect(source.asked == 1)
    source.change {
      $0.now += 1
      $0.gate = []
    }
    for _ in 0..<10 { #expect(try await holder.current() == .named("n1")) }
    try await waitUntilAsked(2)
    source.open()
    #expect(try await changed(from: "n1-id", holder) == "n2-id")
    #expect(source.asked == 2)
  }

  @Test("credentials of a minute are renewed in their last quarter")
  func shortLived() async throws {
    source.change { $0.life = 60_000 }
    let holder = holder()
    _ = try await holder.current()
    source.change { $0.now += 44_999 }
    _ = try await holder.current()
    #expect(source.asked == 1)
    source.change { $0.now += 1 }
    #expect(try await changed(from: "n1-id", holder) == "n2-id")
  }

  @Test("where renewing fails the old ones are used while they last, tried again in between; then there is an error")
  func failing() async throws {
    let holder = holder()
    _ = try await holder.current()
    source.change {
      $0.now += 3_400_000
      $0.fails = true
    }
    #expect(try await holder.current() == .named("n1"))
    try await waitUntilSettled(holder, asked: 2)
    // Half a minute's rest after a failure.
    source.change { $0.now += 29_000 }
    for _ in 0..<10 { #expect(try await holder.current() == .named("n1")) }
    #expect(!holder.isRenewing)
    #expect(source.asked == 2)
    source.change { $0.now += 2_000 }
    #expect(try await holder.current() == .named("n1"))
    try await waitUntilSettled(holder, asked: 3)
    source.change { $0.now += 200_000 }
    let error = await #expect(throws: CredentialError.self) { try await holder.current() }
    #expect(error?.description == "credentials from a source: out of order")
    source.change { $0.fails = false }
    #expect(try await holder.current()?.accessKey.hasPrefix("n") == true)
  }

  @Test("credentials that come expired are an error that names the clock")
  func stale() async throws {
    source.change { $0.life = 0 }
    let holder = holder()
    let error = await #expect(throws: CredentialError.self) { try await holder.current() }
    #expect(error?.code == .expired)
    #expect(error?.description.contains("clock") == true)
  }

  @Test("those without an end are asked for once")
  func endless() async throws {
    source.change { $0.life = nil }
    let holder = holder()
    _ = try await holder.current()
    source.change { $0.now = .max }
    #expect(try await holder.current() == .named("n1"))
    #expect(source.asked == 1)
  }

  @Test("none at all: unsigned where that is allowed, else a line with what was looked at")
  func none() async throws {
    source.change { $0.hasNone = true }
    let open = holder(allowsAnonymous: true)
    for _ in 0..<3 { #expect(try await open.current() == nil) }
    #expect(source.asked == 1)
    #expect(open.fruitlessPlaces == "a place")
    let strict = holder()
    let error = await #expect(throws: CredentialError.self) { try await strict.current() }
    #expect(error?.code == .notFound)
    #expect(error?.description.contains("looked at: a place") == true)
  }

  @Test("refused credentials are replaced once for all that had them, and not by the same ones")
  func replacement() async throws {
    let holder = holder()
    let old = try #require(try await holder.current())
    source.change { $0.gate = [] }
    let new = try await withThrowingTaskGroup(of: S3Credentials?.self) { group in
      for _ in 0..<20 { group.addTask { try await holder.replacement(of: old) } }
      try await waitUntilAsked(2)
      source.open()
      var new: [S3Credentials?] = []
      for try await credentials in group { new.append(credentials) }
      return new
    }
    #expect(new == Array(repeating: .named("n2"), count: 20))
    #expect(source.asked == 2)
    let fixed = CredentialHolder(
      ConfiguredCredentials(S3Configuration(bucket: "b", endpoint: "e", accessKey: "k", secretKey: "s")),
      allowsAnonymous: false, configurationKey: "access_key", now: { 0 }, logger: Logger(label: "test"))
    let own = try #require(try await fixed.current())
    #expect(try await fixed.replacement(of: own) == nil)
  }

  @Test("a request that is cancelled does not wait for the source")
  func cancellation() async throws {
    source.change { $0.gate = [] }
    let holder = holder()
    let task = Task { try await holder.current() }
    try await waitUntilAsked(1)
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    source.open()
    #expect(try await holder.current() == .named("n1"))
  }

  // MARK: With a store

  /// An S3 that knows the credentials of one name only, and the agent that gives them: `role0`, `role1`, …
  private func expiring(
    agent: ScriptedServer, accepts: @escaping @Sendable (ScriptedServer.Request) -> Bool
  ) throws -> (S3Bucket, ScriptedServer) {
    let server = try ScriptedServer { request, _ in
      guard accepts(request) else {
        return request.method == "HEAD" ? .response(400) : .refusal(400, "ExpiredToken")
      }
      return .response(200, [("ETag", "\"x\"")], "hello")
    }
    var configuration = S3Configuration()
    configuration.bucket = "thanos"
    configuration.endpoint = "127.0.0.1:\(server.port)"
    configuration.insecure = true
    configuration.region = "us-east-1"
    let port = agent.port
    let bucket = try S3Bucket(
      configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
      environment: { $0 == "AWS_CONTAINER_CREDENTIALS_FULL_URI" ? "http://127.0.0.1:\(port)/" : nil })
    return (bucket, server)
  }

  @Test("a token that expires under way is renewed once, and the request goes out again")
  func expiredToken() async throws {
    let agent = try ScriptedServer { _, number in .response(200, [], credentialJSON("role\(number)")) }
    let valid = Mutex("role0-token")
    let (bucket, server) = try expiring(agent: agent) { request in
      request["x-amz-security-token"] == valid.withLock { $0 }
    }
    #expect(try await bucket.read("a", limit: 100) == Array("hello".utf8))
    valid.withLock { $0 = "role1-token" }
    #expect(try await bucket.read("a", limit: 100) == Array("hello".utf8))
    #expect(try await bucket.read("a", limit: 100) == Array("hello".utf8))
    #expect(agent.requests.count == 2)
    #expect(
      server.requests.compactMap { $0["x-amz-security-token"] } == [
        "role0-token", "role0-token", "role1-token", "role1-token",
      ])
  }

  @Test("a store that takes every token for expired is told of after one renewal, without a secret")
  func alwaysExpired() async throws {
    let agent = try ScriptedServer { _, number in .response(200, [], credentialJSON("role\(number)")) }
    let (bucket, server) = try expiring(agent: agent) { _ in false }
    let error = await #expect(throws: BucketError.self) { try await bucket.read("a", limit: 100) }
    #expect(error?.code == .badCredentials)
    #expect(error.map { "\($0)".contains("-secret") || "\($0)".contains("-token") } == false)
    #expect(server.requests.count == 2)
    #expect(agent.requests.count == 2)
  }

  @Test("a source that is set up and does not work stops the request before the store sees it")
  func brokenSource() async throws {
    let agent = try ScriptedServer { _, _ in .response(403) }
    let (bucket, server) = try expiring(agent: agent) { _ in true }
    let error = await #expect(throws: BucketError.self) { try await bucket.read("a", limit: 100) }
    #expect(error?.code == .badCredentials)
    #expect(error?.reason.contains("the container's endpoint") == true)
    #expect(server.requests.isEmpty)
  }
}
