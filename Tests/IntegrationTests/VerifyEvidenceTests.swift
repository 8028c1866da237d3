import Fixtures
import Platform
import Synchronization
import Testing

@testable import ObjectStore

/// `verify` against a real store: what it takes for proof, and what it asks for.
@Suite("verify against SeaweedFS", .timeLimit(.minutes(5)))
struct VerifyEvidenceTests {
  /// Counts requests for data, those for meta.json left out, by method.
  private final class Requests: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    func note(_ method: String, _ target: String) {
      guard target.contains("/chunks/") || target.hasSuffix("/index") else { return }
      counts.withLock { $0[method, default: 0] += 1 }
    }

    func forget() { counts.withLock { $0 = [:] } }
    subscript(method: String) -> Int { counts.withLock { $0[method] ?? 0 } }
  }

  /// The generated blocks in a bucket, as backfill brings them in, behind a proxy that notes what is asked for.
  private func site(
    _ requests: Requests = Requests(), faults: FaultMix = .none, where isConcerned: @escaping @Sendable (String) -> Bool = { _ in true }
  ) async throws -> UploadSite {
    let site = try await UploadSite { method, target in
      requests.note(method, target)
      return method != "PUT" && isConcerned(target)
    }
    let upload = try site.start()
    #expect(await upload.wait() == 0, "\(upload.error)")
    requests.forget()
    site.proxy.change(to: faults)
    return site
  }

  /// A block of two segments in parts, and a segment of it.
  private static let large = "01HF5EN80000000000000000K1"
  private static let segment = "\(large)/chunks/000001"

  @Test("a copy is proved by ETags and by the checksums that the store keeps of what went in parts: nothing is downloaded")
  func storesEvidence() async throws {
    try await Slots.processes.with {
      let requests = Requests()
      let site = try await site(requests)
      defer { site.proxy.stop() }
      let run = try await site.verify(["--no-download", "--files"])
      #expect(run.status == 0, "\(run.output) \(run.error)")
      #expect(run.output.contains("\n\(site.data.ulids.count) good, 0 bad, 0 findings"))
      let rows = run.output.split(separator: "\n").filter { $0.contains("chunks/") || $0.contains(" index ") }
      #expect(rows.count == site.data.files.count && rows.allSatisfy { $0.contains("etag") || $0.contains("stored-checksum") })
      let inParts = site.data.files.count { $0.etag.contains("-") }
      #expect(rows.count { $0.contains("stored-checksum") } == inParts && inParts > 0, "\(run.output)")
      #expect(requests["GET"] == 0 && requests["HEAD"] == inParts)
    }
  }

  @Test("an object that another tool cut is proved without a download", arguments: [8 << 20, 5_300_001])
  func otherParts(_ partSize: UInt64) async throws {
    try await Slots.processes.with {
      let requests = Requests()
      let site = try await site(requests)
      defer { site.proxy.stop() }
      try await site.put(Self.segment, try site.data.bytes(of: Self.segment), partSize: partSize)
      let run = try await site.verify(["--no-download", "--id", Self.large, "--files"])
      #expect(run.status == 0 && run.output.contains("\n1 good, 0 bad"), "\(run.output) \(run.error)")
      #expect(requests["GET"] == 0)
    }
  }

  @Test("damage is found with and without a download")
  func damage() async throws {
    try await Slots.processes.with {
      let requests = Requests()
      let site = try await site(requests)
      defer { site.proxy.stop() }
      var bytes = try site.data.bytes(of: Self.segment)
      bytes[7_000_000] ^= 1
      try await site.put(Self.segment, bytes, partSize: GeneratedData.partSize)
      try await site.delete("\(Self.large)/index")
      let unread = try await site.verify(["--no-download"])
      #expect(unread.status == 1 && unread.output.contains("content-mismatch: \(Self.segment): "), "\(unread.output)")
      #expect(unread.output.contains("missing-object: \(Self.large)/index: ") && requests["GET"] == 0)
      let read = try await site.verify()
      #expect(read.status == 1 && read.output.contains("content-mismatch: \(Self.segment): offset 7000000: "), "\(read.output)")
      // The index of two others is read in no way: only what its ETag contradicts is.
      #expect(requests["GET"] == 1)
      let alone = try await site.verify(folder: false)
      #expect(alone.status == 1 && alone.output.contains("hash-mismatch: \(Self.segment): "), "\(alone.output)")
    }
  }

  @Test("what only a download could prove is not called good")
  func unproved() async throws {
    try await Slots.processes.with {
      let site = try await site()
      defer { site.proxy.stop() }
      let run = try await site.verify(["--no-download"], folder: false)
      #expect(run.status == 0 && run.output.contains("0 good, 4 unproved, 0 bad"), "\(run.output) \(run.error)")
      #expect(run.output.contains("note: unproved: \(Self.large)/: "))
      let contradiction = try await site.verify(["--no-download", "--level", "full"], folder: false)
      #expect(contradiction.status == 2 && contradiction.error.contains("--no-download"))
    }
  }

  @Test("connections that are cut half-way cost nothing but time", arguments: [NetworkFault.cutResponse, .resetInResponse])
  func cut(_ fault: NetworkFault) async throws {
    try await Slots.processes.with {
      let site = try await site(faults: FaultMix([fault: 0.4], limit: 12))
      defer { site.proxy.stop() }
      let run = try await site.verify(folder: false)
      #expect(run.status == 0 && run.output.contains("\n4 good, 0 bad, 0 findings"), "\(run.output) \(run.error)")
      #expect(site.proxy.faults[fault, default: 0] >= 3)
    }
  }

  @Test("an object that the store never gives leaves the rest checked, and ends with 3")
  func unfinished() async throws {
    try await Slots.processes.with {
      let site = try await site(faults: FaultMix([.internalError: 1])) { $0.hasSuffix("\(Self.large)/index") }
      defer { site.proxy.stop() }
      try site.configure("  insecure: true", "  insecure: true\n  max_retries: 2")
      let run = try await site.verify(folder: false)
      #expect(run.status == 3, "\(run.output) \(run.error)")
      #expect(run.output.contains("unfinished: \(Self.large)/index: "), "\(run.output)")
      #expect(run.output.contains("\n3 good, 1 unfinished, 0 bad"), "\(run.output)")
      // With findings too: then not everything is known.
      try await site.delete("\(site.data.ulids[0])/index")
      let both = try await site.verify(folder: false)
      #expect(both.status == 3 && both.output.contains("missing-object: \(site.data.ulids[0])/index"), "\(both.output)")
    }
  }

  @Test("credentials that may list and not read: every block is named, and none is called bad")
  func mayNotRead() async throws {
    try await Slots.processes.with {
      let site = try await site()
      defer { site.proxy.stop() }
      try site.configure(SeaweedFS.admin.accessKey, SeaweedFS.lister.accessKey)
      try site.configure(SeaweedFS.admin.secretKey.exposed, SeaweedFS.lister.secretKey.exposed)
      let run = try await site.verify(folder: false)
      #expect(run.status == 3 && run.output.contains("0 good, 4 unfinished, 0 bad"), "\(run.output) \(run.error)")
      for ulid in site.data.ulids {
        #expect(run.output.contains("unfinished: \(ulid)/meta.json: s3:GetObject is not permitted"), "\(run.output)")
      }
    }
  }

  @Test("credentials that may read and not list: what meta.json lists is proved, and what is not known is said")
  func mayNotList() async throws {
    try await Slots.processes.with {
      let site = try await site()
      defer { site.proxy.stop() }
      try site.configure(SeaweedFS.admin.accessKey, SeaweedFS.getter.accessKey)
      try site.configure(SeaweedFS.admin.secretKey.exposed, SeaweedFS.getter.secretKey.exposed)
      let refused = try await site.verify(folder: false)
      #expect(refused.status == 3 && refused.error.contains("s3:ListBucket is not permitted"), "\(refused.output) \(refused.error)")
      let named = try await site.verify(["--id", Self.large, "--files"], folder: false)
      #expect(named.status == 3, "\(named.output) \(named.error)")
      #expect(named.output.contains("unfinished: \(Self.large)/: whether anything else lies there is not known"))
      #expect(named.output.contains("sha256") && !named.output.contains("error:"), "\(named.output)")
      let deep = try await site.verify(["--id", Self.large, "--level", "full", "--files"], folder: false)
      #expect(deep.status == 3 && deep.output.contains("crc32c") && !deep.output.contains("error:"), "\(deep.output)")
    }
  }

  @Test("a key that the store does not know: the local blocks are checked, and said not to be compared")
  func wrongKey() async throws {
    try await Slots.processes.with {
      let site = try await site()
      defer { site.proxy.stop() }
      try site.configure(SeaweedFS.admin.secretKey.exposed, "wrong-secret")
      let run = try await site.verify(["--level", "full"])
      #expect(run.status == 3 && run.output.contains("0 good, 4 unfinished, 0 bad"), "\(run.output) \(run.error)")
      for ulid in site.data.ulids {
        #expect(run.output.contains("unfinished: \(ulid)/: not compared with "), "\(run.output)")
      }
      #expect(run.output.contains("crc32c") && run.output.contains("secret_key") && !run.output.contains("wrong-secret"))
    }
  }

  @Test("a rate is kept")
  func rate() async throws {
    try await Slots.processes.with {
      let site = try await site()
      defer { site.proxy.stop() }
      let start = ContinuousClock.now
      let run = try await site.verify(["--limit-rate", "16MiB", "--concurrency", "3"], folder: false)
      let took = ContinuousClock.now - start
      // 30 MiB, of which two can come at once.
      #expect(run.status == 0 && took > .milliseconds(1400), "\(took) \(run.error)")
    }
  }

  @Test("what was damaged and lost is sent again, and then everything is good")
  func repair() async throws {
    try await Slots.processes.with {
      let site = try await site()
      defer { site.proxy.stop() }
      var bytes = try site.data.bytes(of: Self.segment)
      bytes[7_000_000] ^= 1
      try await site.put(Self.segment, bytes, partSize: GeneratedData.partSize)
      try await site.delete("\(site.data.ulids[0])/index")
      let before = try await site.read("\(Self.large)/meta.json")
      let flags = ["--repair", "--state-dir", site.state]
      let rehearsal = try await site.verify(flags + ["--dry-run"])
      #expect(rehearsal.status == 1, "\(rehearsal.output) \(rehearsal.error)")
      #expect(rehearsal.output.contains("would repair 2 blocks, sending 2 objects") && rehearsal.output.contains("7000000"))
      #expect(try await !site.has("\(site.data.ulids[0])/index"))
      let run = try await site.verify(flags)
      #expect(run.status == 0 && run.output.contains("2 repaired, 0 not repaired"), "\(run.output) \(run.error)")
      #expect(try await site.read("\(Self.large)/meta.json") == before)
      try await site.checkComplete("after the repair")
      let verified = try await site.verify(["--no-download"])
      #expect(verified.status == 0 && verified.output.contains("\n4 good, 0 bad, 0 findings"))
    }
  }

  @Test("an upload that fails in the middle of a repair loses nothing: the next one goes on")
  func brokenRepair() async throws {
    try await Slots.processes.with {
      let requests = Requests()
      let site = try await UploadSite { method, target in
        requests.note(method, target)
        return method == "PUT" && target.contains("\(Self.large)/index")
      }
      defer { site.proxy.stop() }
      let upload = try site.start()
      #expect(await upload.wait() == 0)
      try site.configure("  insecure: true", "  insecure: true\n  max_retries: 2")
      try await site.delete("\(Self.large)/index")
      let flags = ["--repair", "--state-dir", site.state]
      site.proxy.change(to: FaultMix([.internalError: 1]))
      let broken = try await site.verify(flags)
      #expect(broken.status == 1 && broken.output.contains("run this again to go on"), "\(broken.output) \(broken.error)")
      #expect(try await !site.has("\(Self.large)/meta.json"))
      site.proxy.change(to: .none)
      let mended = try await site.verify(flags)
      #expect(mended.status == 0 && mended.output.contains("1 repaired, 0 not repaired"), "\(mended.output) \(mended.error)")
      try await site.checkComplete("after the second repair")
    }
  }

  @Test("flags that contradict each other are named before anything is asked of anybody", arguments: [
    ["--repair"], ["--dry-run"], ["--bucket-checks"], ["--level", "deep"], ["--concurrency", "-1"], ["--limit-rate", "fast"],
    ["--state-dir", "", "--repair"], ["--id", "nothing"],
  ])
  func usage(_ flags: [String]) async throws {
    let run = try await ProgramRun.run("verify", ["--tsdb.path", "\(Fixtures.root)/downsampled"] + flags)
    #expect(run.status == 2 && run.error.contains(flags[0]), "\(run.error)")
  }

  @Test("a bucket as a whole is looked at unless a selection is given, or it is not wanted")
  func wholeBucket() async throws {
    let folder = try TemporaryFolder()
    let file = "\(folder.path)/bucket.yaml"
    try AtomicFile.write(
      Array("type: FILESYSTEM\nconfig: {directory: \"\(folder.path)/bucket\"}".utf8), to: file)
    let ulids = ["01M81B08HN0JE90AJ4DW4J7HDV", "01M81B0KSSX5FCZ5868AE5R719"]
    for path in try DataFolder.files(below: "\(Fixtures.root)/downsampled") where ulids.contains(where: path.contains) {
      let target = "\(folder.path)/bucket" + path.dropFirst("\(Fixtures.root)/downsampled".count)
      try Directory.create(AtomicFile.folder(of: target))
      try AtomicFile.write(try OpenFile(path).readAll(limit: 1 << 30), to: target)
    }
    let arguments = ["--objstore.config-file", file, "--level", "full"]
    let whole = try await ProgramRun.run("verify", arguments)
    #expect(whole.status == 0 && whole.output.contains("note: missing-downsample: \(ulids[1])/"), "\(whole.output)")
    for flags in [["--no-bucket-checks"], ["--id", ulids[1]]] {
      let part = try await ProgramRun.run("verify", arguments + flags)
      #expect(part.status == 0 && !part.output.contains("missing-downsample"), "\(part.output)")
    }
  }
}
