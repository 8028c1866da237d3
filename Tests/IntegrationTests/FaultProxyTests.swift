import Fixtures
import HTTP
import Logging
import Platform
import Synchronization
import Testing

@testable import ObjectStore

/// A real S3 server behind a proxy that makes every fault there is.
@Suite("S3 through a faulty line", .timeLimit(.minutes(5)), .serialized)
struct FaultProxyTests {
  private static let sizes: [UInt64] = [0, 1, 70_000, 3 << 20, (5 << 20) + 1, 17 << 20]

  private func bucket(
    _ proxy: FaultProxy, _ server: SeaweedFS, traffic: Traffic = Traffic(),
    _ change: (inout S3Configuration) -> Void = { _ in }
  ) throws -> S3Bucket {
    let configuration = server.configuration {
      $0.endpoint = "127.0.0.1:\(proxy.port)"
      $0.partSize = 5 << 20
      $0.http.responseHeaderTimeout = .seconds(3)
      change(&$0)
    }
    // A twentieth of the time, so that delays are there and short.
    let system = RetryClock.system
    var policy = RetryPolicy(budget: .seconds(1200))
    policy.clock = RetryClock(
      now: { system.now() * 20 }, sleep: { try await system.sleep($0 / 20) }, random: system.random)
    return try S3Bucket(
      configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, traffic: traffic,
      environment: { _ in nil }, policy: policy, stall: .seconds(1))
  }

  private static func port(_ server: SeaweedFS) throws -> UInt16 {
    try #require(server.endpoint.split(separator: ":").last.flatMap { UInt16($0) })
  }

  private static func content(_ size: UInt64, seed: UInt64) -> [UInt8] {
    var random = SeededRandom(seed: seed &* 1_000_003 &+ size)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(size) + 8)
    while bytes.count < size { unsafe withUnsafeBytes(of: random.next()) { unsafe bytes.append(contentsOf: $0) } }
    return Array(bytes.prefix(Int(size)))
  }

  private final class Received: Sendable {
    private let state = Mutex<[UInt8]>([])
    var bytes: [UInt8] { state.withLock { $0 } }
    func append(_ bytes: [UInt8]) { state.withLock { $0 += bytes } }
  }

  private static func read(_ key: String, from bucket: any Bucket) async throws -> [UInt8] {
    let received = Received()
    try await bucket.get(key, range: nil) { received.append($0) }
    return received.bytes
  }

  /// Puts objects of several sizes through the proxy, and compares what the server then has, and what comes back.
  private func exchangeObjects(_ proxy: FaultProxy, _ server: SeaweedFS, seed: UInt64) async throws {
    let prefix = SeaweedFS.freshPrefix()
    let faulty = PrefixedBucket(try bucket(proxy, server), prefix: prefix)
    let direct = PrefixedBucket(
      try S3Bucket(server.configuration(), logger: Logger(label: "test")), prefix: prefix)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for size in Self.sizes {
        group.addTask {
          let content = Self.content(size, seed: seed)
          // What a fault made go again counts once.
          let moved = Atomic<Int64>(0)
          try await faulty.put(
            "object-\(size)", .bytes(content), PutOptions(moved: { moved.add($0, ordering: .relaxed) }))
          #expect(moved.load(ordering: .relaxed) == Int64(size))
          let stored = try await Self.read("object-\(size)", from: direct)
          #expect(stored == content, "object of \(size) bytes")
          let fetched = try await Self.read("object-\(size)", from: faulty)
          #expect(fetched == content, "object of \(size) bytes")
        }
      }
      try await group.waitForAll()
    }
    let listed = try await faulty.list(prefix: "", style: .recursive).objects
    #expect(Set(listed.map { $0.attributes.size }) == Set(Self.sizes))
  }

  @Test("every kind of fault: all objects land with their exact content", arguments: NetworkFault.allCases)
  func kinds(_ fault: NetworkFault) async throws {
    let server = try await SeaweedFS.shared.value
    let proxy = try FaultProxy(to: Self.port(server), seed: 7, faults: FaultMix([fault: 0.4], limit: 12))
    defer { proxy.stop() }
    // Until it has been met often enough: few answers are XML.
    var round: UInt64 = 0
    repeat {
      round += 1
      try await exchangeObjects(proxy, server, seed: round)
    } while proxy.faults[fault, default: 0] < 3 && round < 10
    #expect(proxy.faults[fault, default: 0] >= 3)
    #expect(Set(proxy.faults.keys) == [fault])
  }

  @Test("all kinds of faults together", arguments: [1, 2, 3])
  func together(_ seed: UInt64) async throws {
    let server = try await SeaweedFS.shared.value
    let proxy = try FaultProxy(to: Self.port(server), seed: seed, faults: .all(0.3))
    defer { proxy.stop() }
    try await exchangeObjects(proxy, server, seed: seed)
    #expect(proxy.faults.values.reduce(0, +) >= 3)
  }

  @Test("without faults the proxy counts the bytes of the bodies, and every dialect passes it",
    arguments: S3Tests.Dialect.allCases)
  func counts(_ dialect: S3Tests.Dialect) async throws {
    let server = try await SeaweedFS.shared.value
    let proxy = try FaultProxy(to: Self.port(server))
    defer { proxy.stop() }
    let bucket = PrefixedBucket(
      try bucket(proxy, server) { dialect.apply(&$0) }, prefix: SeaweedFS.freshPrefix())
    // Above 1 MiB a request asks with Expect: 100-continue.
    for (number, size) in [100, 2 << 20, 0, 4 << 20].enumerated() as EnumeratedSequence<[UInt64]> {
      let before = proxy.bytesForwarded
      let content = Self.content(size, seed: 9)
      try await bucket.put("o\(number)", .bytes(content))
      #expect(proxy.bytesForwarded - before == size)
      let read = try await Self.read("o\(number)", from: bucket)
      #expect(read == content)
      #expect(proxy.bytesForwarded - before == size)
    }
    #expect(proxy.faults.isEmpty)
    #expect(proxy.requests >= 8)
  }

  @Test("the same seed makes the same faults")
  func seeds() async throws {
    let server = try await SeaweedFS.shared.value
    var all: [[NetworkFault: Int]] = []
    for seed: UInt64 in [5, 5, 6] {
      let mix = FaultMix([.slowDown: 0.15, .failureAfterEffect: 0.15, .cutResponse: 0.15])
      let proxy = try FaultProxy(to: Self.port(server), seed: seed, faults: mix)
      defer { proxy.stop() }
      let bucket = PrefixedBucket(try bucket(proxy, server), prefix: SeaweedFS.freshPrefix())
      for number in 0..<30 { try await bucket.put("o\(number)", .bytes([UInt8(number)])) }
      all.append(proxy.faults)
    }
    #expect(all[0] == all[1])
    #expect(all[0] != all[2])
  }

  @Test("once stopped, nobody answers")
  func stopped() async throws {
    let server = try await SeaweedFS.shared.value
    let proxy = try FaultProxy(to: Self.port(server))
    let client = try HTTPClient(HTTPConfiguration(), environment: { _ in nil })
    let request = HTTPRequest(
      method: .get, url: HTTPURL(secure: false, host: "127.0.0.1", port: proxy.port, path: "/"))
    _ = try await client.send(request)
    proxy.stop()
    await #expect(throws: HTTPError.self) { _ = try await client.send(request) }
  }
}
