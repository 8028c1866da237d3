import Fixtures
import Platform
import Testing

@testable import TSDB

@Suite("Tombstones")
struct TombstonesTests {
  static func file(_ entries: [UInt8], version: UInt8 = 1) -> FileBytes {
    let head = IndexBytes.be32(Tombstones.magic) + [version]
    return FileBytes(head + entries + IndexBytes.be32(CRC32C.checksum(entries.rawBytes)), name: "tombstones")
  }

  @Test(
    "the file of a block without deletions has no entries",
    arguments: Fixtures.blocks.filter { !$0.hasPrefix("downsampled") })
  func fixtures(block: String) throws {
    let path = "\(Fixtures.root)/\(block)/tombstones"
    #expect(try FileBytes(mapping: path).count == 9)
    #expect(try Tombstones(ifPresentAt: path) == Tombstones())
  }

  @Test("a missing file stands for no deletions, an unreadable one does not")
  func missing() throws {
    let block = "\(Fixtures.root)/\(Fixtures.blocks[2])"
    #expect(try Tombstones(ifPresentAt: block + "/tombstones").entries.isEmpty)
    #expect(throws: FileError.self) { try Tombstones(ifPresentAt: block) }
  }

  @Test("entries are series, first and last time")
  func entries() throws {
    // Written by hand: series 300 from -1 to 1 ms, series 300 again, series 5 over all times.
    let bytes: [UInt8] =
      [0xac, 0x02, 0x01, 0x02] + [0xac, 0x02, 0x08, 0x0a] + [0x05]
      + [UInt8](repeating: 0xff, count: 9) + [0x01, 0xfe] + [UInt8](repeating: 0xff, count: 8) + [0x01]
    let tombstones = try Tombstones(Self.file(bytes))
    #expect(
      tombstones.entries == [
        Tombstones.Entry(series: 300, minTime: -1, maxTime: 1),
        Tombstones.Entry(series: 300, minTime: 4, maxTime: 5),
        Tombstones.Entry(series: 5, minTime: .min, maxTime: .max),
      ])
    #expect(tombstones.seriesCount == 2)
  }

  @Test(
    "what breaks the format is a typed error",
    arguments: [
      ([], .truncated), ([1, 2, 3], .truncated), ([UInt8](repeating: 0, count: 9), .badMagic),
      (IndexBytes.be32(Tombstones.magic) + [2, 0, 0, 0, 0], .unsupportedVersion),
      (IndexBytes.be32(Tombstones.magic) + [1, 0, 0, 0], .truncated),
      (IndexBytes.be32(Tombstones.magic) + [1, 0, 0, 0, 1], .checksumMismatch),
    ] as [([UInt8], Fault.Code)])
  func broken(bytes: [UInt8], code: Fault.Code) throws {
    let error = try #require(throws: TSDBError.self) { try Tombstones(FileBytes(bytes, name: "b/tombstones")) }
    #expect(error.code == code)
    #expect(error.file == "b/tombstones")
  }

  @Test(
    "an entry that is cut short or too large is a typed error although the checksum is right",
    arguments: [
      ([5], .truncated), ([5, 2], .truncated), ([5, 2, 0x80], .truncated),
      ([UInt8](repeating: 0xff, count: 12), .malformed),
    ] as [([UInt8], Fault.Code)])
  func brokenEntry(entries: [UInt8], code: Fault.Code) throws {
    let error = try #require(throws: TSDBError.self) { try Tombstones(Self.file(entries)) }
    #expect(error.code == code)
    #expect(error.offset >= 5)
  }
}
