import ObjectStore
import Synchronization
import Testing

@testable import Verification

@Suite("a bucket that has stopped answering")
struct LostLineTests {
  /// Answers after a while, or never.
  private final class Mute: Bucket {
    let location = "mute"
    let asked = Atomic(0)
    private let answersAfter: Duration?
    private let pieces: Int

    init(answersAfter: Duration? = nil, pieces: Int = 0) { (self.answersAfter, self.pieces) = (answersAfter, pieces) }

    private func wait() async throws {
      asked.add(1, ordering: .relaxed)
      try await Task.sleep(for: answersAfter ?? .seconds(3600))
      throw BucketError(.unavailable, in: location, "no answer")
    }
    func listPage(prefix: String, style: ListingStyle, after token: ListingToken?) async throws -> ListingPage {
      try await wait()
      return ListingPage(objects: [], folders: [], next: nil)
    }
    func attributes(of key: String) async throws -> ObjectAttributes {
      try await wait()
      return ObjectAttributes(size: 0, modified: nil, etag: nil)
    }
    func get(
      _ key: String, range: Range<UInt64>?, receive: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws -> ObjectAttributes {
      for _ in 0..<pieces {
        try await Task.sleep(for: .milliseconds(40))
        try await receive([1])
      }
      return ObjectAttributes(size: UInt64(pieces), modified: nil, etag: nil)
    }
    func put(_ key: String, _ content: ObjectContent, _ options: PutOptions) async throws -> PutReceipt {
      throw BucketError(.rejected, in: location, "read-only")
    }
    func delete(_ key: String) async throws {}
  }

  private func reason(_ bucket: LostLine) async -> String {
    do {
      _ = try await bucket.attributes(of: "key")
      return "answered"
    } catch {
      return (error as? BucketError)?.reason ?? "\(error)"
    }
  }

  @Test("requests under way are broken off, and none is made any more", .timeLimit(.minutes(1)))
  func silence() async throws {
    let mute = Mute()
    let line = LostLine(mute, patience: .milliseconds(200))
    let began = ContinuousClock.now
    let reasons = await withTaskGroup(of: String.self) { group in
      for _ in 0..<8 { group.addTask { await reason(line) } }
      return await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    #expect(reasons == ["given up: for 0 s nothing was answered any more; run again when it answers"])
    #expect(began.duration(to: .now) < .seconds(20))
    for _ in 0..<100 { _ = await reason(line) }
    #expect(mute.asked.load(ordering: .relaxed) == 8)
  }

  @Test("one failure after the other, each by itself, is silence too", .timeLimit(.minutes(1)))
  func oneByOne() async throws {
    let mute = Mute(answersAfter: .milliseconds(100))
    let line = LostLine(mute, patience: .milliseconds(250))
    var reasons: [String] = []
    for _ in 0..<5 { reasons.append(await reason(line)) }
    #expect(reasons[0] == "no answer" && reasons[4].hasPrefix("given up: "), "\(reasons)")
    #expect((2...3).contains(mute.asked.load(ordering: .relaxed)))
  }

  @Test("a long transfer whose bytes come, and time between requests, are no silence", .timeLimit(.minutes(1)))
  func signsOfLife() async throws {
    let line = LostLine(Mute(pieces: 20), patience: .milliseconds(500))
    _ = try await line.get("key", range: nil) { _ in }
    try await Task.sleep(for: .milliseconds(600))
    let all = ContinuousClock.now
    _ = try await line.get("key", range: nil) { _ in }
    #expect(all.duration(to: .now) > .milliseconds(500))
  }
}
