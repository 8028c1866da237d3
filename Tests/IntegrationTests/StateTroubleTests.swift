import Fixtures
import Glibc
import OrderedJSON
import Platform
import Testing

/// What becomes of a run whose state folder is full, read-only, gone or damaged: never a wrong result, and one clear line
/// where it cannot go on.
@Suite("trouble with the state folder", .timeLimit(.minutes(5)))
struct StateTroubleTests {
  /// - Returns: the lines that say what went wrong.
  private static func complaints(_ program: RunningProgram) -> [Substring] {
    program.error.split(separator: "\n").filter { $0.contains("level=error") || $0.hasPrefix("backfill: ") }
  }

  /// The next run, with a state folder that is as it should be.
  private func complete(_ site: UploadSite, _ note: String) async throws {
    _ = try await site.checkInvariants(note)
    let program = try site.start()
    #expect(await program.wait() == 0, "\(note): \(program.error)")
    try await site.checkComplete(note)
    try await site.checkAtRest(note)
  }

  @Test("a full disk is one line, however much room was left (pages of 4 KiB)", arguments: 0...3)
  func full(_ pages: Int) async throws {
    try await Slots.processes.with {
      let site = try await UploadSite()
      defer { site.proxy.stop() }
      try Directory.create(site.state)
      // A file system of its own that nobody else sees, and that is gone with the process.
      let script = #"""
        state=$1; pages=$2; shift 2
        mount -t tmpfs -o size=64k tmpfs "$state" && head -c $((65536 - pages * 4096)) /dev/zero >"$state/filler" || exit 99
        "$@"; status=$?
        rm "$state/filler"
        exit $status
        """#
      let program = try RunningProgram(
        words: ["/usr/bin/unshare", "-rm", "/bin/sh", "-c", script, "sh", site.state, "\(pages)"]
          + ["\(ProgramRun.folder)/backfill"] + site.arguments)
      let status = await program.wait()
      // With room for the lock and what is said about the folder a run can begin, and goes on without notes.
      #expect(status == (pages < 2 ? 2 : 0), "\(program.error)")
      let lines = program.error.split(separator: "\n").filter { $0.contains("No space left on device") }
      #expect(lines.count == (pages < 3 ? 1 : 0), "\(program.error)")
      #expect(lines.allSatisfy { $0.contains("--state-dir") }, "\(program.error)")
      #expect(Self.complaints(program).count == (pages < 2 ? 1 : 0), "\(program.error)")
      if status == 0 { try await site.checkComplete("\(pages) pages free") }
      try await complete(site, "\(pages) pages free, the next run")
    }
  }

  @Test("a state folder that cannot be written is refused before anything is sent")
  func readOnly() async throws {
    try await Slots.processes.with {
      let site = try await UploadSite()
      defer { site.proxy.stop() }
      try Directory.create(site.state)
      let script = #"state=$1; shift; mount -t tmpfs -o ro tmpfs "$state" || exit 99; exec "$@""#
      let program = try RunningProgram(
        words: ["/usr/bin/unshare", "-rm", "/bin/sh", "-c", script, "sh", site.state, "\(ProgramRun.folder)/backfill"]
          + site.arguments)
      #expect(await program.wait() == 2, "\(program.error)")
      #expect(Self.complaints(program).count == 1 && program.error.contains("--state-dir"), "\(program.error)")
      #expect(site.proxy.bytesForwarded == 0)
    }
  }

  @Test("a state folder that is deleted while a run lasts does no harm", arguments: [false, true])
  func deleted(_ isKilled: Bool) async throws {
    try await Slots.processes.with {
      let site = try await UploadSite(flags: ["--limit-rate", "40MiB"])
      defer { site.proxy.stop() }
      let (proxy, state) = (site.proxy, site.state)
      let program = try site.start()
      let status = await program.wait(for: { proxy.bytesForwarded > 8 << 20 }) { process in
        for file in (try? DataFolder.files(below: state)) ?? [] { _ = try? Directory.removeFile(file) }
        for entry in (try? Directory.entries(of: state)) ?? [] { Directory.removeIfEmpty("\(state)/\(entry.name)") }
        Directory.removeIfEmpty(state)
        if isKilled { kill(process, SIGKILL) }
      }
      #expect(status == (isKilled ? -SIGKILL : 0), "\(program.error)")
      try await site.settle()
      _ = try await site.checkInvariants("deleted")
      let next = try site.start()
      #expect(await next.wait() == 0, "\(next.error)")
      // Of an upload in parts that nobody knows any more the store has to get rid by itself.
      try await site.checkComplete("deleted", leavingUploads: isKilled)
    }
  }

  enum Damage: CaseIterable { case truncated, garbage, otherUploads, wrongParts, wrongArrivals, directory }

  @Test("notes that are damaged between two runs do no harm", arguments: Damage.allCases)
  func damaged(_ damage: Damage) async throws {
    try await Slots.processes.with {
      let site = try await UploadSite()
      defer { site.proxy.stop() }
      let proxy = site.proxy
      let program = try site.start()
      #expect(await program.kill { proxy.bytesForwarded > 14 << 20 } == -SIGKILL, "\(program.error)")
      try await site.settle()
      let path = try #require(try DataFolder.files(below: site.state).first { $0.hasSuffix("/notes.jsonl") })
      let notes = String(decoding: try OpenFile(path).readAll(limit: 1 << 20), as: UTF8.self)
      try Self.change(path, notes, damage)
      let next = try site.start()
      let status = await next.wait()
      if damage == .directory {
        #expect(status == 2 && Self.complaints(next).count == 1, "\(next.error)")
        #expect(next.error.contains("notes.jsonl") && next.error.contains("--state-dir"), "\(next.error)")
        Directory.removeIfEmpty(path)
        #expect(await (try site.start()).wait() == 0)
      } else {
        #expect(status == 0, "\(next.error)")
      }
      // Nobody knows the upload any more, or another one in its place.
      try await site.checkComplete("\(damage)", leavingUploads: [.truncated, .garbage, .directory, .otherUploads].contains(damage))
      try await site.checkAtRest("\(damage)")
    }
  }

  private static func change(_ path: String, _ notes: String, _ damage: Damage) throws {
    var random = SeededRandom(seed: 99)
    func rewritten(_ change: (inout JSONObject) -> Void) throws -> String {
      try notes.split(separator: "\n").map { line in
        var document = try JSONValue(parsing: Array(line.utf8)).object ?? [:]
        change(&document)
        return String(decoding: JSONValue.object(document).bytes(), as: UTF8.self) + "\n"
      }.joined()
    }
    switch damage {
    case .truncated: try AtomicFile.write(Array(notes.utf8.prefix(notes.utf8.count / 3)), to: path)
    case .garbage: try AtomicFile.write((0..<20_000).map { _ in UInt8.random(in: 0...255, using: &random) }, to: path)
    case .otherUploads:
      let text = try rewritten { if $0["upload"] != nil { $0["upload"] = .string("no-such-upload") } }
      try AtomicFile.write(Array(text.utf8), to: path)
    case .wrongParts:
      let text = try rewritten { document in
        if document["part"] != nil {
          document["md5"] = .string(String(repeating: "0", count: 32))
          document["etag"] = document["md5"]
          document["size"] = .integer(1)
        }
      }
      try AtomicFile.write(Array(text.utf8), to: path)
    case .wrongArrivals:
      // All of the blocks' files are said to be there.
      let keys = ["01HF5EN80000000000000000K1/index", "01HF5EN80000000000000000K2/chunks/000001"]
      let lines = keys.map { "{\"key\":\"\($0)\",\"arrived\":1,\"sha256\":\"00\",\"etag\":\"x\"}\n" }.joined()
      try AtomicFile.write(Array((notes + "\n" + lines).utf8), to: path)
    case .directory:
      try Directory.removeFile(path)
      try Directory.create(path)
    }
  }
}
