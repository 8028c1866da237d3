import Fixtures
import OrderedJSON
import TSDB
import Testing
import Thanos

@Suite("the thanos section")
struct ThanosSectionTests {
  static let oneHour = "downsampled/01M81B0KWKC84NS30MERVG5BFF/meta.json"

  static func meta(_ path: String) throws -> BlockMeta { try BlockMeta(parsing: Fixtures.bytes(path), file: path) }

  @Test("what Thanos wrote is read")
  func reads() throws {
    let section = try #require(try ThanosSection(of: Self.meta(Self.oneHour), file: "meta.json"))
    #expect(section.labels.description == #"{cluster="fixture"}"#)
    #expect(section.resolution == .oneHour)
    #expect(section.source == "compactor")
    #expect(section.uploadTime == "2026-11-22T09:57:18.897748761Z")
    #expect(section.files == [
      .init(path: "chunks/000001", size: 137_730, sha256: nil), .init(path: "index", size: 4106, sha256: nil),
      .init(path: "meta.json", size: nil, sha256: nil),
    ])
  }

  @Test("a block that Thanos never saw has none")
  func none() throws {
    let path = "index-v1/01DXXFZDYD1MQW6079WK0K6EDQ/meta.json"
    #expect(try ThanosSection(of: Self.meta(path), file: path) == nil)
  }

  @Test("a broken section is an error", arguments: [
    #""x""#, #"{"version": 2}"#, #"{"labels": {"a": 1}}"#, #"{"downsample": {"resolution": "5m"}}"#, #"{"files": [{}]}"#,
    #"{"files": [{"rel_path": "index", "size_bytes": -1}]}"#,
  ])
  func broken(text: String) throws {
    let document = #"{"ulid": "01M81B088QDAD3JHFN4993ETCA", "minTime": 0, "maxTime": 1, "thanos": \#(text)}"#
    let meta = try BlockMeta(parsing: Array(document.utf8), file: "meta.json")
    #expect(throws: TSDBError.self) { try ThanosSection(of: meta, file: "meta.json") }
  }

  @Test("keys that nobody knows survive at every level, with their digits")
  func unknownKeys() throws {
    let original = #"""
      {"ulid":"01M81B088QDAD3JHFN4993ETCA","minTime":0,"maxTime":1,"future":{"n":18446744073709551616,"x":1e400},
      "thanos":{"labels":{"a":"1"},"extensions":{"tenant":[1,null,true]},"downsample":{"resolution":300000,"by":"us"}},
      "version":1}
      """#
    let meta = try BlockMeta(parsing: Array(original.utf8), file: "meta.json")
    let uploaded = UploadedMeta(
      labels: try ExternalLabels(parsing: ["a=1"]), source: "bucket.upload", segments: ["000001"],
      files: [.init(path: "index", size: 7, sha256: "ab"), .init(path: "chunks/000001", size: 8, sha256: "cd")],
      indexStatistics: IndexStatistics(), uploadTime: "2026-01-01T00:00:00Z")
    let document = uploaded.document(of: meta)
    #expect(document["future"] == meta.document["future"])
    let section = try #require(document["thanos"]?.object)
    #expect(section["extensions"]?.text() == #"{"tenant":[1,null,true]}"#)
    #expect(section["downsample"]?.text() == #"{"resolution":300000,"by":"us"}"#)
    #expect(section["labels"]?.text() == #"{"a":"1"}"#)
    #expect(section["source"]?.text() == #""bucket.upload""#)
    #expect(section["segment_files"]?.text() == #"["000001"]"#)
    #expect(section["upload_time"]?.text() == #""2026-01-01T00:00:00Z""#)
    #expect(section["files"]?.text() == #"""
      [{"rel_path":"chunks/000001","size_bytes":8,"hash":{"hashFunc":"SHA256","value":"cd"}},\#
      {"rel_path":"index","size_bytes":7,"hash":{"hashFunc":"SHA256","value":"ab"}},{"rel_path":"meta.json"}]
      """#)
    // What is written reads back as what was meant.
    let again = try BlockMeta(parsing: JSONValue.object(document).bytes(indent: "\t"), file: "meta.json")
    #expect(again.document == document)
  }
}
