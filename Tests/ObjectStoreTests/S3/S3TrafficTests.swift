import Fixtures
import Glibc
import HTTP
import Logging
import Platform
import Synchronization
import Testing

@testable import ObjectStore

/// A bucket's requests taken together, against a server that asks to slow down.
@Suite("Traffic of a bucket", .timeLimit(.minutes(1)))
struct S3TrafficTests {
  private func bucket(_ server: ScriptedServer, _ traffic: Traffic) throws -> S3Bucket {
    var configuration = S3Configuration(
      bucket: "thanos", endpoint: "127.0.0.1:\(server.port)", accessKey: "k", secretKey: "s")
    configuration.insecure = true
    configuration.signatureVersion2 = true
    var policy = RetryPolicy()
    // A hundredth of the time, so that pauses are there and short.
    let system = RetryClock.system
    policy.clock = RetryClock(
      now: { system.now() * 100 }, sleep: { try await system.sleep($0 / 100) }, random: system.random)
    return try S3Bucket(
      configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, traffic: traffic,
      environment: { _ in nil }, policy: policy)
  }

  @Test("while the store asks to slow down fewer requests are under way, more again after it, and all objects land")
  func slowDown() async throws {
    let load = Load()
    let refusals = Mutex(12)
    let stored = Mutex<[String: [UInt8]]>([:])
    // Where in the history the store had recovered for long.
    let late = Mutex<Int?>(nil)
    let server = try ScriptedServer { request, _ in
      load.begin()
      defer { load.end() }
      let count = stored.withLock { $0.count }
      if count >= 100 { late.withLock { $0 = $0 ?? load.history.count } }
      switch count {
      case ..<20: load.gather(6, since: 0)
      case 100..<130: load.gather(6, since: late.withLock { $0 } ?? 0)
      // Under way for a while, so that others are at the same time.
      default: usleep(4000)
      }
      let refuses = refusals.withLock { left in
        guard stored.withLock({ $0.count }) >= 20, left > 0 else { return false }
        left -= 1
        return true
      }
      if refuses { return .refusal(503, "SlowDown") }
      stored.withLock { $0[request.target] = request.body }
      return .response(200)
    }
    let bucket = try bucket(server, Traffic(requests: 6))
    @Sendable func content(_ number: Int) -> [UInt8] { Array("object \(number)".utf8) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<150 {
        group.addTask { try await bucket.put("o/\(number)", .bytes(content(number))) }
      }
      try await group.waitForAll()
    }
    #expect(refusals.withLock { $0 } == 0)
    let expected = Dictionary(uniqueKeysWithValues: (0..<150).map { ("/thanos/o/\($0)", content($0)) })
    #expect(stored.withLock { $0 } == expected)
    let history = load.history
    #expect(history.max() == 6)
    #expect(history[20..<60].contains(1))
    #expect(history.dropFirst(late.withLock { $0 } ?? 0).max() == 6)
    #expect(server.connections <= 8)
  }

  @Test("parts and objects, up and down, share the number of requests; listings do not wait")
  func shared() async throws {
    let load = Load()
    let server = try ScriptedServer { request, _ in
      if request.target.contains("prefix") { return .response(200, [], "<ListBucketResult/>") }
      load.begin()
      defer { load.end() }
      load.gather(2, since: 0)
      return request.method == "GET" ? .response(200, [("ETag", "\"e\"")], "content") : .response(200)
    }
    let bucket = try bucket(server, Traffic(requests: 2))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<20 {
        group.addTask { try await bucket.put("o/\(number)", .bytes([1])) }
        group.addTask {
          let content = try await bucket.read("o/\(number)", limit: 100)
          #expect(content == Array("content".utf8))
        }
      }
      group.addTask { _ = try await bucket.list(prefix: "", style: .recursive) }
      try await group.waitForAll()
    }
    #expect(load.history.max() == 2)
  }

  @Test("the rate holds for all objects of a bucket, in a folder too", arguments: [true, false])
  func rate(_ isFolder: Bool) async throws {
    let content = (0..<300 << 10).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 4) }
    let server = try ScriptedServer { request, _ in
      request.method == "GET" ? .response(200, [("ETag", "\"e\"")], bytes: content) : .response(200)
    }
    let folder = try TemporaryFolder()
    let traffic = Traffic(bytesPerSecond: 1 << 20)
    let bucket: any Bucket =
      isFolder ? FileSystemBucket(directory: folder.path, traffic: traffic) : try bucket(server, traffic)
    let clock = ContinuousClock()
    let up = try await clock.measure {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<3 { group.addTask { try await bucket.put("o/\(number)", .bytes(content)) } }
        try await group.waitForAll()
      }
    }
    let down = try await clock.measure {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<3 {
          group.addTask {
            let read = try await bucket.read("o/\(number)", limit: 1 << 20)
            #expect(read == content)
          }
        }
        try await group.waitForAll()
      }
    }
    for time in [up, down] { #expect(time > .milliseconds(650) && time < .seconds(60)) }
  }
}
