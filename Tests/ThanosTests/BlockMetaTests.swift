import Fixtures
import OrderedJSON
import TSDB
import Testing

@Suite("meta.json")
struct BlockMetaTests {
  @Test("every fixture's meta.json is read", arguments: Fixtures.blocks)
  func fixtures(block: String) throws {
    let meta = try BlockMeta(parsing: Fixtures.bytes("\(block)/meta.json"), file: "meta.json")
    #expect(block.hasSuffix(meta.ulid.description))
    #expect(meta.minTime < meta.maxTime)
    #expect(meta.stats.series > 0)
    #expect(meta.compaction.level == 1)
    #expect(meta.compaction.sources.count == 1)
  }

  @Test("numbers are those of the file")
  func numbers() throws {
    let path = "raw-float-and-histogram/01M81B088QDAD3JHFN4993ETCA/meta.json"
    let meta = try BlockMeta(parsing: Fixtures.bytes(path), file: path)
    #expect(meta.minTime == 1_700_006_400_069)
    #expect(meta.maxTime == 1_700_013_570_148)
    let expected = (18920, 16045, 2875, 120, 195, 0) as (Int64, Int64, Int64, Int64, Int64, Int64)
    let stats = meta.stats
    #expect(
      (stats.samples, stats.floatSamples, stats.histogramSamples, stats.series, stats.chunks, stats.tombstones) == expected)
  }

  struct Hostile: Sendable, CustomTestStringConvertible {
    let text: String
    let expected: String
    var testDescription: String { text }
  }

  @Test("what is no meta.json is an error that names the file and what is wrong", arguments: [
    Hostile(text: "", expected: "the file is empty"),
    Hostile(text: "{", expected: "a key in double quotes"),
    Hostile(text: "[]", expected: "a ULID in \"ulid\""),
    Hostile(text: #"{"version": 2}"#, expected: "version 1"),
    Hostile(text: #"{"ulid": "wal"}"#, expected: "a ULID in \"ulid\""),
    Hostile(text: #"{"ulid": "01M81B088QDAD3JHFN4993ETCA", "minTime": 1.5}"#, expected: "a whole number"),
    Hostile(text: #"{"ulid": "01M81B088QDAD3JHFN4993ETCA", "minTime": 9223372036854775808}"#, expected: "64 bits"),
    Hostile(text: #"{"ulid": "01M81B088QDAD3JHFN4993ETCA", "minTime": 5, "maxTime": 4}"#, expected: "not before minTime"),
    Hostile(
      text: #"{"ulid": "01M81B088QDAD3JHFN4993ETCA", "minTime": 0, "maxTime": 1, "stats": []}"#,
      expected: "an object in \"stats\""),
    Hostile(
      text: #"{"ulid": "01M81B088QDAD3JHFN4993ETCA", "minTime": 0, "maxTime": 1, "compaction": {"sources": ["x"]}}"#,
      expected: "ULIDs in \"compaction.sources\""),
  ])
  func hostile(row: Hostile) {
    let error = #expect(throws: TSDBError.self) {
      try BlockMeta(parsing: Array(row.text.utf8), file: "some/meta.json")
    }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains("some/meta.json"))
    #expect(text.contains(row.expected), "\(text)")
  }
}
