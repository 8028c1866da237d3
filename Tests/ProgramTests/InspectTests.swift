import Console
import Fixtures
import Inspection
import ObjectStore
import Platform
import Shipping
import Testing
import Thanos

@Suite("inspect")
struct InspectTests {
  static func csv(_ source: BlockSource) async throws -> [[String]] {
    // No cell of these tests holds a comma.
    BlockTable.table(of: try await source.rows()).text(.csv).split(separator: "\n")
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
  }

  /// The rows of a csv file whose cells may be quoted.
  static func parse(_ text: String) -> [[String]] {
    text.split(separator: "\n").map { line in
      var cells = [""]
      var quoted = false
      for character in line {
        if character == "\"" { quoted.toggle() } else if character == ",", !quoted { cells.append("") } else {
          cells[cells.count - 1].append(character)
        }
      }
      return cells
    }
  }

  @Test("the columns that Thanos has show what Thanos shows, with plain numbers")
  func golden() async throws {
    let golden = String(decoding: try Fixtures.bytes("golden/downsampled.thanos-0.41-inspect.csv"), as: UTF8.self)
    let rows = try await Self.csv(.folder("\(Fixtures.root)/downsampled"))
    let expected = Self.parse(golden)
    #expect(rows.count == 4 && expected.count == 4)
    #expect(rows[0].prefix(expected[0].count) == expected[0][...])
    // Thanos prints 345,600 and a dash for nothing.
    for (row, theirs) in zip(rows.dropFirst(), expected.dropFirst()) {
      let plain = theirs.map { $0 == "-" ? "" : $0.filter { $0 != "," } }
      #expect(row.prefix(plain.count) == plain[...])
    }
  }

  @Test("sizes are those of the files")
  func sizes() async throws {
    let rows = try await Self.csv(.folder("\(Fixtures.root)/downsampled"))
    let measured = [
      "INDEX", "CHUNKS", "TOTAL", "BYTES/SAMPLE", "SAMPLES/CHUNK", "UPLOADED", "MARKERS", "STATE",
    ]
    #expect(rows[0].suffix(8) == measured[...])
    #expect(rows[1].suffix(8).prefix(3) == ["35252", "1734021", "1770036"])
    #expect(rows[1].suffix(8).dropFirst(3).prefix(2).map { $0.prefix(5) } == ["5.121", "92.48"])
    #expect(rows[1].suffix(3) == ["2026-11-22T09:57:18Z", "", "ok"])
  }

  @Test("a FILESYSTEM bucket as Thanos left it shows the same as the folder")
  func bucket() async throws {
    let folder = "\(Fixtures.root)/downsampled"
    #expect(try await Self.csv(.bucket(FileSystemBucket(directory: folder))) == Self.csv(.folder(folder)))
  }

  @Test("without sizes in meta.json they come from a listing")
  func listing() async throws {
    let data = try DataFolder(["index-v1/01DXXFZDYD1MQW6079WK0K6EDQ"])
    let rows = try await Self.csv(.bucket(FileSystemBucket(directory: data.path)))
    #expect(rows[1].suffix(8).prefix(3) == ["5407", "1844", "7515"] && rows[1].last == "ok")
  }

  @Test("partial uploads and unreadable blocks are rows")
  func oddBlocks() async throws {
    let bucket = try TestBucket()
    try await bucket.put("01M81B088QDAD3JHFN4993ETCA/index", .bytes([1, 2, 3]))
    try await bucket.put("01M81B089WZ6FKNMSDPKBMGYCV/meta.json", .bytes(Array("{".utf8)))
    try await bucket.put("debug/metas/x.json", .bytes([1]))
    let rows = try await Self.csv(.bucket(bucket))
    #expect(rows.count == 3)
    #expect(rows[1].first == "01M81B088QDAD3JHFN4993ETCA" && rows[1].suffix(8) == ["3", "0", "3", "", "", "", "", "partial upload"])
    #expect(rows[2].first == "01M81B089WZ6FKNMSDPKBMGYCV" && rows[2].last?.hasPrefix("unreadable: 01M81B089WZ") == true)
  }

  @Test("a folder with only a write-ahead log has no blocks and is no error")
  func onlyWAL() async throws {
    let data = try DataFolder([])
    #expect(try await Self.csv(.folder(data.path)).count == 1)
  }
}
