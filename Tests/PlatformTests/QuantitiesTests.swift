import Quantities
import Testing

@Suite("Byte sizes")
struct ByteSizeTests {
  @Test(
    "sizes as people write them",
    arguments: [
      ("0", 0), ("1073741824", 1 << 30), ("64MiB", 64 << 20), ("64 mib", 64 << 20), ("64M", 64 << 20),
      ("20GB", 20_000_000_000),
      ("1.5KiB", 1536), ("0.5kb", 500), ("5B", 5), ("16EiB", nil), ("15EiB", 15 << 60), ("18446744073709551615", .max),
      ("18446744073709551616", nil), ("99999999999TiB", nil), ("", nil), ("MiB", nil), ("-5", nil), ("+5", nil),
      ("1e3", nil),
      ("1e3B", nil), ("1 0", nil), ("1.2.3K", nil), ("64 M iB", nil), ("٣", nil), ("0x10", nil), ("5 apples", nil),
      ("1.5", nil),
      (" 5", nil), ("5  KB", nil), ("nanB", nil), ("infB", nil), (".K", nil),
    ] as [(String, UInt64?)])
  func parse(_ text: String, _ expected: UInt64?) { #expect(ByteSize.parse(text) == expected) }

  @Test(
    "sizes for people",
    arguments: [
      (0, "0 B"), (344, "344 B"), (999, "999 B"), (1023, "1.00 KiB"), (1024, "1.00 KiB"), (1_730_000, "1.65 MiB"),
      (10_240, "10.0 KiB"), (102_400, "100 KiB"), (1_048_575, "1.00 MiB"), (1 << 30, "1.00 GiB"), (.max, "16.0 EiB"),
      (10_234, "9.99 KiB"), (10_238, "10.0 KiB"),
    ] as [(UInt64, String)])
  func text(_ bytes: UInt64, _ expected: String) { #expect(ByteSize.text(bytes) == expected) }

  @Test("what was written for people reads back to nearly the same")
  func roundTrip() throws {
    var bytes: UInt64 = 1
    while bytes < 1 << 62 {
      let back = try #require(ByteSize.parse(ByteSize.text(bytes)))
      #expect(abs(Double(back) - Double(bytes)) <= Double(bytes) * 0.006, "\(bytes)")
      bytes = bytes &* 3 &+ 1
    }
  }

  @Test(
    "decimals",
    arguments: [
      (0.0, 2, "0.00"), (1.005, 0, "1"), (-0.001, 2, "0.00"), (-1.5, 1, "-1.5"), (2.5, 0, "3"), (0.05, 1, "0.1"),
      (1234.5678, 3, "1234.568"), (.infinity, 2, "inf"), (0.999, 2, "1.00"), (9e14, 9, "900000000000000.0"),
    ] as [(Double, Int, String)])
  func decimals(_ value: Double, _ places: Int, _ expected: String) {
    #expect(Decimals.text(value, places: places) == expected)
  }
}

@Suite("Durations")
struct DurationTests {
  @Test(
    "Prometheus' durations",
    arguments: [
      ("0", 0), ("0s", 0), ("1m30s", 90_000), ("1ms", 1), ("1y2w3d4h5m6s7ms", 33_019_506_007), ("90d", 7_776_000_000),
      ("1h1ms", 3_600_001), ("292y", 9_208_512_000_000), ("9223372036854ms", 9_223_372_036_854),
      ("9223372036855ms", nil),
      ("293y", nil), ("99999999999999999999s", nil), ("", nil), ("1", nil), ("-1s", nil), ("1.5h", nil), ("s", nil),
      ("1s1m", nil),
      ("1m1m", nil), ("1 m", nil), ("1M", nil), ("1us", nil), ("00", nil), ("1msms", nil), ("1s ", nil),
      ("1\u{301}s", nil),
    ] as [(String, Int64?)])
  func prometheus(_ text: String, _ milliseconds: Int64?) {
    #expect(PrometheusDuration.milliseconds(text) == milliseconds)
    #expect(PrometheusDuration.parse(text) == milliseconds.map { .milliseconds($0) })
  }

  @Test(
    "Prometheus' way of printing them",
    arguments: [
      (0, "0s"), (1, "1ms"), (90_000, "1m30s"), (7_200_000, "2h"), (7_776_000_000, "90d"), (604_800_000, "1w"),
      (691_200_000, "8d"), (31_536_000_000, "1y"), (31_536_000_001, "365d1ms"), (-1_500, "-1s500ms"),
    ] as [(Int64, String)])
  func prometheusText(_ milliseconds: Int64, _ expected: String) {
    #expect(PrometheusDuration.text(.milliseconds(milliseconds)) == expected)
    if milliseconds >= 0 { #expect(PrometheusDuration.milliseconds(expected) == milliseconds) }
  }

  @Test(
    "durations of any size print",
    arguments: [
      Duration.seconds(Int64.max), .seconds(Int64.min),
      Duration(secondsComponent: Int64.max / 1000, attosecondsComponent: 999 << 50),
    ])
  func extremes(_ duration: Duration) { #expect(PrometheusDuration.text(duration).count > 5) }

  @Test(
    "Go's way of printing them",
    arguments: [
      (0, "0s"), (20, "20ms"), (999, "999ms"), (1000, "1s"), (1500, "1.5s"), (1020, "1.02s"), (60_000, "1m0s"),
      (300_000, "5m0s"), (3_600_000, "1h0m0s"), (1_036_740_020, "287h59m0.02s"), (-892_740_020, "-247h59m0.02s"),
      (-1, "-1ms"), (.max, "2562047788015h12m55.807s"), (.min, "-2562047788015h12m55.808s"),
    ] as [(Int64, String)])
  func go(_ milliseconds: Int64, _ expected: String) {
    #expect(GoDuration.text(milliseconds: milliseconds) == expected)
  }

  @Test(
    "Go's way of reading them",
    arguments: [
      ("0", .zero), ("90s", .seconds(90)), ("1m30s", .seconds(90)), ("1.5h", .seconds(5400)), ("-2m3s", .seconds(-123)),
      ("+5ms", .milliseconds(5)), ("1h0m0.02s", .milliseconds(3_600_020)), ("10ns", .nanoseconds(10)),
      ("3us", .microseconds(3)),
      ("3µs", .microseconds(3)), (".5s", .milliseconds(500)), ("1.s", .seconds(1)), ("", nil), ("5", nil), ("-", nil),
      ("s", nil),
      (".s", nil), ("1.2.3s", nil), ("1d", nil), ("9999999999h", nil), ("99999999999999999999s", nil), ("1 s", nil),
      ("9223372036s9223372036s", nil),
    ] as [(String, Duration?)])
  func goParse(_ text: String, _ expected: Duration?) { #expect(GoDuration.parse(text) == expected) }
}

@Suite("Time stamps")
struct TimestampTests {
  @Test(
    "times in UTC",
    arguments: [
      (0, "1970-01-01T00:00:00Z"), (1_699_315_200_000, "2023-11-07T00:00:00Z"),
      (1_700_351_940_020, "2023-11-18T23:59:00.02Z"),
      (-1, "1969-12-31T23:59:59.999Z"), (951_782_400_000, "2000-02-29T00:00:00Z"),
      (4_107_542_400_000, "2100-03-01T00:00:00Z"),
      (-62_135_596_800_000, "0001-01-01T00:00:00Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
      (-62_167_219_200_000, "0000-01-01T00:00:00Z"), (1_709_164_800_100, "2024-02-29T00:00:00.1Z"),
    ] as [(Int64, String)])
  func roundTrip(_ milliseconds: Int64, _ text: String) {
    #expect(Timestamp.text(milliseconds) == text)
    #expect(Timestamp.parse(text) == milliseconds)
  }

  @Test("fractions as asked for")
  func fractions() {
    #expect(Timestamp.text(1_700_351_940_020, fraction: .none) == "2023-11-18T23:59:00Z")
    #expect(Timestamp.text(1_700_351_940_020, fraction: .milliseconds) == "2023-11-18T23:59:00.020Z")
    #expect(Timestamp.text(1_700_351_940_020, fraction: .nanoseconds) == "2023-11-18T23:59:00.020000000Z")
    #expect(Timestamp.text(0, fraction: .milliseconds) == "1970-01-01T00:00:00.000Z")
  }

  @Test(
    "every Int64 has a text, the extremes as Go prints them",
    arguments: [
      (.max, "292278994-08-17T07:12:55.807Z"), (.min, "-292275055-05-16T16:47:04.192Z"),
      (-62_167_219_200_001, "-0001-12-31T23:59:59.999Z"),
      (253_402_300_800_000, "10000-01-01T00:00:00Z"),
    ] as [(Int64, String)])
  func extremes(_ milliseconds: Int64, _ text: String) { #expect(Timestamp.text(milliseconds) == text) }

  @Test("days of 800 years come back, those around the end of February all of them")
  func days() throws {
    var days = Set(stride(from: Int64(-146_097), to: 146_097, by: 23))
    for year in 1600...2400 {
      let march = try #require(Timestamp.parse("\(year)-03-01T00:00:00Z")) / 86_400_000
      days.formUnion([march - 61, march - 60, march - 2, march - 1, march, march + 305, march + 306])
    }
    for day in days {
      #expect(Timestamp.parse(Timestamp.text(day * 86_400_000 + 12_345_678)) == day * 86_400_000 + 12_345_678)
    }
  }

  @Test(
    "offsets and long fractions",
    arguments: [
      ("2023-11-07T01:00:00+01:00", 1_699_315_200_000), ("2023-11-06T18:30:00-05:30", 1_699_315_200_000),
      ("2023-11-07T00:00:00.123456789Z", 1_699_315_200_123), ("2023-11-07T00:00:00.9999Z", 1_699_315_200_999),
      ("2023-11-07t00:00:00z", 1_699_315_200_000), ("2023-11-07T00:00:00+00:00", 1_699_315_200_000),
    ] as [(String, Int64)])
  func forms(_ text: String, _ milliseconds: Int64) { #expect(Timestamp.parse(text) == milliseconds) }

  @Test(
    "what is no time",
    arguments: [
      "", "2023", "2023-11-07", "2023-11-07 00:00:00Z", "2023-11-07T00:00:00", "2023-13-01T00:00:00Z",
      "2023-00-01T00:00:00Z",
      "2023-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2023-04-31T00:00:00Z", "2023-01-00T00:00:00Z",
      "2023-01-01T24:00:00Z",
      "2023-01-01T00:60:00Z", "2023-01-01T00:00:60Z", "2023-01-01T00:00:00.Z", "2023-01-01T00:00:00+24:00",
      "2023-01-01T00:00:00+1:00", "2023-01-01T00:00:00Zx", "+023-01-01T00:00:00Z", "2023-1-01T00:00:00Z",
      "1699315200000",
      "2023-01-01T00:00:00,5Z",
    ])
  func refused(_ text: String) { #expect(Timestamp.parse(text) == nil) }
}
