import Fixtures
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

    private let clock: ManualClock

    init(_ clock: ManualClock, answersAfter: Duration? = nil, pieces: Int = 0) {
      (self.clock, self.answersAfter, self.pieces) = (clock, answersAfter, pieces)
    }

    private func wait() async throws {
      asked.add(1, ordering: .relaxed)
      try await clock.sleep(for: answersAfter ?? .seconds(3600))
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
        try await clock.sleep(for: .milliseconds(40))
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
    let clock = ManualClock()
    let mute = Mute(clock)
    let line = LostLine(mute, patience: .milliseconds(200), clock: clock)
    let reasons = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<8 { group.addTask { await reason(line) } }
      // Each request, and who watches over it.
      try await clock.advance(by: .milliseconds(200), sleepers: 16)
      return try await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    #expect(reasons == ["given up: for 0 s nothing was answered any more; run again when it answers"])
    for _ in 0..<100 { _ = await reason(line) }
    #expect(mute.asked.load(ordering: .relaxed) == 8)
  }

  @Test("one failure after the other, each by itself, is silence too", .timeLimit(.minutes(1)))
  func oneByOne() async throws {
    let clock = ManualClock()
    let mute = Mute(clock, answersAfter: .milliseconds(100))
    let line = LostLine(mute, patience: .milliseconds(250), clock: clock)
    for answer in ["no answer", "no answer", "given up: "] {
      async let reason = reason(line)
      // The third request is broken off half-way through.
      try await clock.advance(by: .milliseconds(answer == "no answer" ? 100 : 50), sleepers: 2)
      #expect(await reason.hasPrefix(answer))
    }
    for _ in 0..<2 { #expect(await reason(line).hasPrefix("given up: ")) }
    #expect(mute.asked.load(ordering: .relaxed) == 3)
  }

  @Test("a long transfer whose bytes come, and time between requests, are no silence", .timeLimit(.minutes(1)))
  func signsOfLife() async throws {
    let clock = ManualClock()
    let line = LostLine(Mute(clock, pieces: 20), patience: .milliseconds(500), clock: clock)
    for _ in 0..<2 {
      async let transfer = line.get("key", range: nil) { _ in }
      for _ in 0..<20 { try await clock.advance(by: .milliseconds(40), sleepers: 2) }
      #expect(try await transfer.size == 20)
      clock.advance(by: .milliseconds(600))
    }
  }
}
