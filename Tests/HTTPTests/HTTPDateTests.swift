import HTTP
import Testing

@Suite("Dates in HTTP")
struct HTTPDateTests {
  @Test(
    "dates are written and read as S3 does",
    arguments: [
      (0, "Thu, 01 Jan 1970 00:00:00 GMT", "19700101T000000Z"),
      (1_175_024_202_000, "Tue, 27 Mar 2007 19:36:42 GMT", "20070327T193642Z"),
      (951_827_696_000, "Tue, 29 Feb 2000 12:34:56 GMT", "20000229T123456Z"),
      (4_107_542_399_000, "Sun, 28 Feb 2100 23:59:59 GMT", "21000228T235959Z"),
    ] as [(Int64, String, String)])
  func dates(_ time: Int64, _ header: String, _ basic: String) {
    #expect(HTTPDate.header(time) == header)
    #expect(HTTPDate.basic(time) == basic)
    #expect(HTTPDate.parseHeader(header) == time)
  }

  @Test(
    "what is no date is none",
    arguments: [
      "", "yesterday", "2009-10-12", "2009-13-12T17:50:30Z", "2009-10-12T17:50:30", "2009-10-12T17:50:30.Z",
      "2009-10-12T25:50:30.000Z",
    ])
  func noDate(_ text: String) {
    #expect(HTTPDate.parseISO8601(text) == nil)
    #expect(HTTPDate.parseHeader(text) == nil)
  }
}
