import Fixtures
import Glibc
import Platform
import Testing

/// `backfill` with every kind of fault between it and a real store: all blocks land, and no block with a meta.json is
/// incomplete at any time.
@Suite("backfill over a faulty line", .timeLimit(.minutes(10)))
struct FaultyUploadTests {
  /// So that an answer that never comes costs seconds.
  private static let impatience = ["http_config: {response_header_timeout: 3s}"]

  private func land(_ site: UploadSite, _ note: String, within limit: Duration = .seconds(120)) async throws {
    defer { site.proxy.stop() }
    let start = ContinuousClock.now
    let program = try site.start()
    #expect(await program.wait() == 0, "\(note): \(program.error)")
    #expect(ContinuousClock.now - start < limit, "\(note)")
    try await site.checkComplete(note)
    site.proxy.change(to: .none)
    let verified = try await site.verify()
    #expect(verified.status == 0, "\(note): \(verified.output)")
    #expect(verified.output.contains("\n\(site.data.ulids.count) good, 0 bad, 0 findings"), "\(note)")
  }

  @Test("every kind of fault alone", arguments: NetworkFault.allCases)
  func alone(_ fault: NetworkFault) async throws {
    try await Slots.processes.with {
      // Few answers are XML, and one that is cut off four times is an error.
      let isRare = fault == .truncatedXML
      let mix = FaultMix([fault: isRare ? 0.6 : 0.25], stall: .seconds(2), limit: isRare ? 3 : 10)
      let site = try await UploadSite(signatureV2: fault == .resetInRequest, seed: 11, faults: mix, extra: Self.impatience)
      try await land(site, "\(fault)")
      #expect(site.proxy.faults[fault, default: 0] >= 2)
    }
  }

  @Test("all of them together", arguments: [1, 2, 3, 4])
  func together(_ seed: UInt64) async throws {
    try await Slots.processes.with {
      let mix = FaultMix.all(0.3, stall: .seconds(2), limit: 40)
      let site = try await UploadSite(
        signatureV2: seed % 2 == 0, seed: seed, faults: mix, extra: Self.impatience,
        flags: ["--publish", seed > 2 ? "together" : "each"])
      try await land(site, "seed \(seed)")
      #expect(site.proxy.faults.values.reduce(0, +) >= 8)
    }
  }

  @Test("a meta.json that took effect and was answered 503 is sent again, and nothing is taken back (thanos#3626)")
  func metaAnswered503() async throws {
    try await Slots.processes.with {
      let site = try await UploadSite(faults: FaultMix([.failureAfterEffect: 1], limit: 3)) { method, target in
        method == "PUT" && target.hasSuffix("/meta.json")
      }
      try await land(site, "meta.json")
      #expect(site.proxy.faults == [.failureAfterEffect: 3])
    }
  }

  @Test("a meta.json that is there though every attempt was answered 503 fails the block, which stays whole (thanos#3626)")
  func metaNeverAnswered() async throws {
    try await Slots.processes.with {
      let mix = FaultMix([.failureAfterEffect: 1])
      let site = try await UploadSite(faults: mix, extra: ["max_retries: 2"]) { method, target in
        method == "PUT" && target.hasSuffix("/meta.json")
      }
      let program = try site.start()
      #expect(await program.wait() == 3, "\(program.error)")
      _ = try await site.checkInvariants("after the failure")
      #expect(try await site.has("\(site.data.ulids[0])/meta.json"))
      site.proxy.change(to: .none)
      try await land(site, "the next run")
    }
  }

  @Test("a store that asks everybody to slow down for 10 s is waited for, and the log says so once")
  func slowDown() async throws {
    try await Slots.processes.with {
      let site = try await UploadSite(faults: .none)
      defer { site.proxy.stop() }
      let program = try site.start()
      let proxy = site.proxy
      let status = await program.wait(for: { proxy.bytesForwarded > 2 << 20 }) { _ in
        proxy.change(to: FaultMix([.slowDown: 1]))
        usleep(10_000_000)
        proxy.change(to: .none)
      }
      #expect(status == 0, "\(program.error)")
      #expect(proxy.faults[.slowDown, default: 0] >= 3)
      let lines = program.error.split(separator: "\n").filter { $0.contains("level=warn") && $0.contains("slow") }
      #expect(lines.count == 1, "\(program.error)")
      try await site.checkComplete("after the pause")
    }
  }

  @Test("a store that refuses everything for good ends the run with one line and an exit status",
    arguments: [NetworkFault.slowDown, .internalError, .cutResponse])
  func refusesForGood(_ fault: NetworkFault) async throws {
    try await Slots.processes.with {
      let site = try await UploadSite(faults: FaultMix([fault: 1]), extra: ["max_retries: 3"])
      defer { site.proxy.stop() }
      let start = ContinuousClock.now
      let program = try site.start()
      let status = await program.wait()
      #expect(status == 3, "\(program.error)")
      #expect(ContinuousClock.now - start < .seconds(60))
      let errors = program.error.split(separator: "\n").filter { $0.contains("level=error") || $0.hasPrefix("backfill: ") }
      #expect(errors.count == 1, "\(program.error)")
      #expect(try await site.checkInvariants("refused") == 0)
    }
  }
}
