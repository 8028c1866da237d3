import TSDB
import Testing

@Suite("ULID")
struct ULIDTests {
  @Test("the canonical form reads back the same", arguments: [
    "01M81B088QDAD3JHFN4993ETCA", "00000000000000000000000000", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "01DXXFZDYD1MQW6079WK0K6EDQ",
  ])
  func roundTrip(text: String) throws {
    #expect(try #require(ULID(text)).description == text)
  }

  @Test("what is no ULID is refused", arguments: [
    "", "01M81B088QDAD3JHFN4993ETC", "01M81B088QDAD3JHFN4993ETCAA", "81M81B088QDAD3JHFN4993ETCA", "01M81B088QDAD3JHFN4993ETCI",
    "01m81b088qdad3jhfn4993etca", "wal", "01M81B088QDAD3JHFN4993ETC\u{e9}",
  ])
  func refused(text: String) {
    #expect(ULID(text) == nil)
  }

  @Test("the time is the first 48 bits")
  func timestamp() throws {
    // The example of the ULID specification: 01ARZ3NDEK is 1469922850259 ms.
    #expect(try #require(ULID("01ARZ3NDEKTSV4RRFFQ69G5FAV")).timestamp == 1_469_922_850_259)
    #expect(try #require(ULID("7ZZZZZZZZZZZZZZZZZZZZZZZZZ")).timestamp == (1 << 48) - 1)
  }

  @Test("ULIDs sort as their texts do")
  func order() throws {
    let texts = ["01M81B0KSSX5FCZ5868AE5R719", "01DXXFZDYD1MQW6079WK0K6EDQ", "01M81B08HN0JE90AJ4DW4J7HDV"]
    let sorted = texts.compactMap { ULID($0) }.sorted().map(\.description)
    #expect(sorted == texts.sorted())
  }
}
