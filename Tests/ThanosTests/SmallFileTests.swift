import TSDB
import Testing
import Thanos

@Suite("shipper file and markers")
struct SmallFileTests {
  @Test("the shipper file is written as Thanos writes it, and reads back")
  func shipper() throws {
    let ulid = try #require(ULID("01M81B088QDAD3JHFN4993ETCA"))
    let file = ShipperFile(uploaded: [ulid])
    #expect(
      String(decoding: file.bytes, as: UTF8.self)
        == "{\n\t\"version\": 1,\n\t\"uploaded\": [\n\t\t\"01M81B088QDAD3JHFN4993ETCA\"\n\t]\n}\n")
    #expect(try ShipperFile(parsing: file.bytes, file: "x") == file)
    #expect(try ShipperFile(parsing: Array(#"{"version": 1, "uploaded": null}"#.utf8), file: "x").uploaded.isEmpty)
  }

  @Test("another version, no JSON and odd ULIDs are errors", arguments: [
    "", "{}", #"{"version": 2, "uploaded": []}"#, #"{"version": 1, "uploaded": ["x"]}"#,
  ])
  func brokenShipper(text: String) {
    #expect(throws: TSDBError.self) { try ShipperFile(parsing: Array(text.utf8), file: "x") }
  }

  @Test("markers are read", arguments: Marker.Kind.allCases)
  func markers(kind: Marker.Kind) throws {
    let key = [Marker.Kind.deletion: "deletion_time", .noCompact: "no_compact_time", .noDownsample: "no_downsample_time"][kind]
    let text = #"{"id":"01M81B088QDAD3JHFN4993ETCA","version":1,"details":"d","\#(key ?? "")":17,"reason":"r"}"#
    let marker = try Marker(parsing: Array(text.utf8), kind: kind, file: "x")
    #expect(marker.time == 17 && marker.details == "d" && marker.reason == "r")
    #expect(throws: TSDBError.self) { try Marker(parsing: Array("{}".utf8), kind: kind, file: "x") }
  }

  @Test("names from a bucket that would leave the block are refused", arguments: ["../x", "a/../b", "/x", "", "a//b", "."])
  func paths(path: String) throws {
    let objects = BlockObjects(try #require(ULID("01M81B088QDAD3JHFN4993ETCA")))
    #expect(objects.key(ofFile: path) == nil)
    #expect(objects.key(ofFile: "chunks/000001") == "01M81B088QDAD3JHFN4993ETCA/chunks/000001")
  }
}
