import Fixtures
import Platform
import TSDB
import Testing

/// What damaged blocks may cost: the program's own memory, measured.
@Suite("memory of verify", .timeLimit(.minutes(5)))
struct VerifyMemoryTests {
  private static let limit: UInt64 = 256 << 20

  @Test("lengths that claim 64 MiB in several segments at once do not take it")
  func claimedLengths() async throws {
    let folder = try TemporaryFolder()
    let ulid = "01HF5EN80000000000000000M0"
    let block = GeneratedBlock(
      ulid, from: 1_700_006_400_000, hours: 2, segments: [Int](repeating: 68 << 20, count: 4))
    try block.write(in: folder.path)
    for number in 1...4 {
      let path = "\(folder.path)/\(ulid)/chunks/00000\(number)"
      var bytes = try OpenFile(path).readAll(limit: 1 << 30)
      bytes.replaceSubrange(8..<12, with: [0x80, 0x80, 0x80, 0x20])
      try AtomicFile.write(bytes, to: path)
    }
    let bucket = "\(folder.path)/bucket.yaml"
    try AtomicFile.write(Array("type: FILESYSTEM\nconfig: {directory: \"\(folder.path)\"}\n".utf8), to: bucket)
    for place in [["--tsdb.path", folder.path], ["--objstore.config-file", bucket, "--id", ulid]] {
      for level in place[0] == "--tsdb.path" ? ["checksum", "full"] : ["full"] {
        let run = try await ProgramRun.run("verify", place + ["--level", level])
        #expect(run.status == 1 && run.output.contains("error: chunk-crc-mismatch"), "\(run.output)\(run.error)")
        #expect(run.peak < Self.limit, "\(place[0]) \(level): \(run.peak >> 20) MiB")
      }
    }
  }
}
