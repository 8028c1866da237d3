import Fixtures
import Glibc
import Platform
import Testing

/// `backfill` is killed with SIGKILL at moments that a fixed seed chooses, and run again.
///
/// Between a run and the next, and at the end, the store is asked past the program: no meta.json stands beside an
/// incomplete block, what the store holds is not sent again, and all that was sent in vain is what was in flight.
@Suite("killed with -9 at any moment", .timeLimit(.minutes(5)))
struct KillTests {
  static let points = 0..<54

  /// When to kill: so far into what a run does.
  enum Moment: CustomStringConvertible {
    case milliseconds(Int)
    /// Of request bodies that went through the proxy.
    case bytes(UInt64)
    /// Requests that began, and as many microseconds more.
    case requests(Int, and: Int)

    var description: String {
      switch self {
      case .milliseconds(let time): "after \(time) ms"
      case .bytes(let bytes): "after \(bytes) bytes"
      case .requests(let count, let time): "after \(count) requests and \(time) µs"
      }
    }

    /// - Parameter point: the three kinds take turns.
    static func random(at point: Int, of size: UInt64, _ random: inout SeededRandom) -> Moment {
      switch point % 3 {
      case 0: .requests(Int.random(in: 1...46, using: &random), and: Int.random(in: 0...6_000, using: &random))
      case 1: .bytes(UInt64.random(in: 0...size, using: &random))
      default: .milliseconds(Int.random(in: 5...900, using: &random))
      }
    }

    /// Whether it has come, in a run that begins now.
    func condition(_ proxy: FaultProxy) -> @Sendable () -> Bool {
      let (start, bytes, requests) = (ContinuousClock.now, proxy.bytesForwarded, proxy.requests)
      switch self {
      case .milliseconds(let time): return { ContinuousClock.now - start >= .milliseconds(time) }
      case .bytes(let count): return { proxy.bytesForwarded - bytes >= count }
      case .requests(let count, let time):
        return {
          guard proxy.requests - requests >= count else { return false }
          usleep(UInt32(time))
          return true
        }
      }
    }
  }

  /// What is no data in a run's requests: meta.json files, lists of parts.
  private static let small: UInt64 = 32 << 10

  @Test("every block lands, and nothing is sent twice but what was in flight", arguments: points)
  func killed(_ point: Int) async throws {
    try await Slots.processes.with { try await Self.run(point) }
  }

  private static func run(_ point: Int) async throws {
    var random = SeededRandom(seed: 4_711 + UInt64(point))
    let flags = ["--shipper.upload-concurrency", "4", "--publish", point / 2 % 2 == 0 ? "each" : "together"]
    let site = try await UploadSite(signatureV2: point % 2 == 0, flags: flags)
    defer { site.proxy.stop() }
    var note = "point \(point)"
    var held: UInt64 = 0
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let moment = Moment.random(at: point, of: site.data.size - held, &random)
      note += ", \(moment)"
      let before = site.proxy.bytesForwarded
      let program = try site.start()
      let status = await program.kill(at: moment.condition(site.proxy))
      #expect([0, -SIGKILL].contains(status), "\(note): \(program.error)")
      try await site.settle()
      let sent = site.proxy.bytesForwarded - before
      #expect(sent <= site.data.size - held + small, "\(note): \(sent) bytes sent, \(held) were there")
      let now = try await site.checkInvariants(note)
      try #require(now <= site.data.size, "\(note): the store has \(now) bytes of \(site.data.size)")
      // What was taken is not lost, and what was not had been in flight.
      let inFlight = 4 * GeneratedData.partSize
      #expect(now + inFlight + small >= held + sent, "\(note): \(held) were there, \(sent) sent, \(now) are there")
      held = now
      note += " (\(now))"
    }
    let before = site.proxy.bytesForwarded
    let last = try site.start()
    #expect(await last.wait() == 0, "\(note): \(last.error)")
    let sent = site.proxy.bytesForwarded - before
    #expect(sent <= site.data.size - held + small, "\(note): \(sent) bytes sent, \(held) were there")
    try await site.checkComplete(note)
    try await site.checkAtRest(note)
  }
}
