import Fixtures
import Glibc
import Logging
import OrderedJSON
import Platform
import Testing

@testable import ObjectStore

/// The same with a bucket that is a directory, where a killed writer leaves its temporary file behind.
@Suite("killed with -9 while it writes to a FILESYSTEM bucket", .timeLimit(.minutes(5)))
struct KilledDirectoryTests {
  private let folder: TemporaryFolder
  private var directory: String { "\(folder.path)/bucket" }
  private var bucket: FileSystemBucket { FileSystemBucket(directory: directory) }

  init() throws {
    folder = try TemporaryFolder()
    try AtomicFile.write(
      Array("type: FILESYSTEM\nconfig:\n  directory: \(folder.path)/bucket\n".utf8), to: "\(folder.path)/bucket.yaml")
  }

  /// Every file of the bucket's folder, those included that are no objects.
  private static func files(of directory: String) throws -> [String] {
    (try? Directory.status(of: directory)) == nil ? [] : try DataFolder.files(below: directory)
  }

  /// How much lies in the folder. A file may go while it is looked at.
  private static func size(of directory: String) -> UInt64 {
    ((try? files(of: directory)) ?? []).reduce(0) { $0 + ((try? Directory.status(of: $1).size) ?? 0) }
  }

  private func checkInvariants(_ data: GeneratedData, _ note: String) async throws {
    guard try !Self.files(of: directory).isEmpty else { return }
    let keys = Set(try await bucket.list(prefix: "", style: .recursive).objects.map(\.key))
    let expected = data.files.map(\.key) + data.ulids.map { "\($0)/meta.json" }
    #expect(keys.isSubset(of: expected), "\(note): what a killed writer left is an object")
    for file in data.files where keys.contains(file.key) {
      #expect(try await bucket.read(file.key, limit: 1 << 30) == data.bytes(of: file.key), "\(note): \(file.key)")
    }
    for ulid in data.ulids where keys.contains("\(ulid)/meta.json") {
      let meta = try await bucket.read("\(ulid)/meta.json", limit: 1 << 20)
      #expect(try JSONValue(parsing: meta).object?["ulid"]?.string == ulid, "\(note)")
      #expect(data.files(of: ulid).allSatisfy { keys.contains($0.key) }, "\(note): \(ulid) has a meta.json and is not whole")
    }
  }

  @Test("every block lands, and nothing of a killed writer is left", arguments: 0..<10)
  func killed(_ point: Int) async throws { try await Slots.processes.with { try await run(point) } }

  private func run(_ point: Int) async throws {
    let data = try await GeneratedData.shared.value
    var random = SeededRandom(seed: 815 + UInt64(point))
    let arguments =
      [
        "--tsdb.path", data.path, "--objstore.config-file", "\(folder.path)/bucket.yaml", "--state-dir",
        "\(folder.path)/state", "--publish", point % 2 == 0 ? "each" : "together",
      ] + WalkTests.label
    var note = "point \(point)"
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let (directory, before) = (directory, Self.size(of: directory))
      let more = UInt64.random(in: 1...max(1, data.size - min(data.size, before)), using: &random)
      note += ", after \(more) bytes"
      let program = try RunningProgram("backfill", arguments + ["--limit-rate", "40MiB"])
      let status = await program.kill { Self.size(of: directory) >= before + more }
      #expect([0, -SIGKILL].contains(status), "\(note): \(program.error)")
      try await checkInvariants(data, note)
    }
    let last = try RunningProgram("backfill", arguments)
    #expect(await last.wait() == 0, "\(note): \(last.error)")
    try await checkInvariants(data, note)
    let expected = data.files.map(\.key) + data.ulids.map { "\($0)/meta.json" }
    #expect(Set(try Self.files(of: directory)) == Set(expected.map { "\(directory)/\($0)" }), "\(note)")
    #expect(try GeneratedData.snapshot(of: data.path) == data.snapshot, "\(note): the data folder was written to")
    let state = try DataFolder.files(below: "\(folder.path)/state").map { $0.split(separator: "/").last ?? "" }
    #expect(Set(state).isSubset(of: ["about.json", "lock", "notes.jsonl", "rate"]), "\(note): \(state)")
  }
}
