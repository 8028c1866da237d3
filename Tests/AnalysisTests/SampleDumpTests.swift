import Console
import Fixtures
import Platform
import TSDB
import Testing
import Thanos

@testable import Analysis

@Suite("Dumps of samples")
struct SampleDumpTests {
  static let mixed = "raw-float-and-histogram/01M81B088QDAD3JHFN4993ETCA"

  static func lines(
    _ block: String, _ choice: SeriesChoice = SeriesChoice(), as format: SampleDump.Format = .promtool
  ) async throws -> (lines: [Substring], leftOut: SampleDump.LeftOut) {
    var dump = try await SampleDump(of: try InspectedBlock(at: block), choice, as: format)
    var text: [UInt8] = []
    while let next = try await dump.next() { text += next }
    text += dump.end
    return (String(decoding: text, as: UTF8.self).split(separator: "\n"), dump.leftOut)
  }

  @Test(
    "a number is written as Go does",
    arguments: [
      (0.0, "0"), (-0.0, "-0"), (1, "1"), (-17, "-17"), (999_999, "999999"), (1_000_000, "1e+06"),
      (123_456_789, "1.23456789e+08"), (0.0001, "0.0001"), (0.00001234, "1.234e-05"), (1e21, "1e+21"), (1e100, "1e+100"),
      (50.955509214609876, "50.955509214609876"), (123456.5, "123456.5"), (.leastNonzeroMagnitude, "5e-324"), (.infinity, "+Inf"),
      (-.infinity, "-Inf"), (.nan, "NaN"),
    ] as [(Double, String)])
  func numbers(_ value: Double, _ expected: String) {
    var text: [UInt8] = []
    GoText.append(value, to: &text)
    #expect(String(decoding: text, as: UTF8.self) == expected)
  }

  @Test("a label's value is quoted as Go does")
  func quotes() {
    var text: [UInt8] = []
    GoText.appendQuoted(Array("tab\tq\"b\\nl\nü\u{a0}\u{200b}\u{7f}".utf8) + [0xff], to: &text)
    #expect(String(decoding: text, as: UTF8.self) == #""tab\tq\"b\\nl\nü\u00a0\u200b\x7f\xff""#)
  }

  @Test("every line is promtool's, byte for byte, save for the first ones of histograms, which promtool drops", arguments: [
    (mixed, "raw-float-and-histogram.promtool-3.12-dump.txt.gz", 24),
    ("xor2-float/01M81B089WZ6FKNMSDPKBMGYCV", "xor2-float.promtool-3.12-dump.txt.gz", 0),
  ])
  func golden(_ block: String, _ file: String, _ missing: Int) async throws {
    let ours = try await Self.lines("\(Fixtures.root)/\(block)").lines
    let theirs = try GoldenLines.of(file)
    var dropped: [Substring: Int] = [:]
    var place = 0
    for line in ours {
      if place < theirs.count, theirs[place] == line { place += 1 } else { dropped[GoldenLines.series(of: line), default: 0] += 1 }
    }
    #expect(place == theirs.count && dropped.values.reduce(0, +) == missing)
    // One of floats, two of integers.
    #expect(dropped.allSatisfy { $0.key.contains("rpc_duration") && $0.value <= 2 })
  }

  @Test("histograms of all kinds are written as promtool writes them")
  func histograms() throws {
    var custom = ChunkBits(header: [0, 2, 0b0100_0000])
    custom.bits(0, 8)
    custom.varbitInt(-53)
    custom.varbitUInt(1)
    custom.varbitUInt(3)
    custom.varbitInt(0)
    custom.varbitUInt(0)
    custom.varbitUInt(2)
    // Bounds in thousandths, and one that is a whole float.
    custom.varbitUInt(251)
    custom.varbitUInt(0)
    custom.float(1e9)
    custom.varbitInt(1_700_000_000_000)
    custom.varbitUInt(9)
    custom.varbitUInt(0)
    custom.float(12.5)
    for bucket: Int64 in [2, 1, 1] { custom.varbitInt(bucket) }
    for difference: Int64 in [15_000, 0, 0] { custom.varbitInt(difference) }
    custom.xor(12.5.bitPattern ^ Double.stale.bitPattern)
    #expect(
      try Self.text(.histogram, custom.bytes) == [
        "{count:9, sum:12.5, [-Inf,0.25]:2, (0.25,1e+09]:3, (1e+09,+Inf]:4} 1700000000000",
        "{count:0, sum:NaN} 1700000015000",
      ])

    var floats = ChunkBits(header: [0, 1, 0b1100_0000])
    floats.bits(255, 8)
    floats.float(0.001)
    floats.varbitInt(1)
    for _ in 0..<2 {
      // Positive and negative: one span of two buckets.
      floats.varbitUInt(1)
      floats.varbitUInt(2)
      floats.varbitInt(-1)
    }
    floats.varbitInt(1_700_000_000_000)
    for value in [10.5, 2.5, -1.25, 1.5, 0, 4, 2.5] { floats.float(value) }
    #expect(
      try Self.text(.floatHistogram, floats.bytes) == [
        "{count:10.5, sum:-1.25, [-1,-0.7071067811865475):2.5, [-0.7071067811865475,-0.5):4, [-0.001,0.001]:2.5, "
          + "(0.5,0.7071067811865475]:1.5} 1700000000000"
      ])
  }

  private static func text(_ encoding: ChunkEncoding, _ data: [UInt8]) throws -> [Substring] {
    var reader = SampleReader(SeriesChoice())
    var text = SampleText(.promtool)
    let bytes = data.rawBytes
    try reader.read(encoding, bytes, &text)
    return String(decoding: text.text, as: UTF8.self).split(separator: "\n").map { $0.drop { $0 == " " } }
  }

  @Test("a bucket's bound is the table's of Prometheus, to the last digit", arguments: [
    (1, 1, 1.414213562373095), (1, -1, 0.7071067811865475), (3, 1, 1.0905077326652577), (3, 4, 1.414213562373095),
    (3, 7, 1.8340080864093422), (5, 31, 1.9571441241753997), (8, 255, 1.9945921121709396), (8, 1, 1.0027112750502025),
    (0, 1024, .greatestFiniteMagnitude), (0, 1025, .infinity), (-4, 64, .greatestFiniteMagnitude), (-9, -2, 0x1p-1024),
    (-9, 3, .infinity), (8, 262_144, .greatestFiniteMagnitude), (52, 0, 1), (3, 0, 1), (-1, 0, 1), (4, -17_184, 0x1p-1074),
  ])
  func bounds(_ schema: Int, _ index: Int64, _ bound: Double) {
    #expect(ExponentialBounds.upper(of: index, schema: schema) == bound)
  }

  @Test("only the chosen time is written, its ends included")
  func clipped() async throws {
    let all = try await Self.lines("\(Fixtures.root)/\(Self.mixed)").lines
    func time(_ line: Substring) -> Int64 { line.split(separator: " ").last.flatMap { Int64($0) } ?? 0 }
    let times = all.map(time).sorted()
    let (from, to) = (times[times.count / 3], times[times.count / 2])
    let some = try await Self.lines("\(Fixtures.root)/\(Self.mixed)", SeriesChoice(minTime: from, maxTime: to)).lines
    #expect(some == all.filter { (from...to).contains(time($0)) })
    #expect(!some.isEmpty && some.count < all.count)
    var listing = try await SeriesListing(
      of: try InspectedBlock(at: "\(Fixtures.root)/\(Self.mixed)"), SeriesChoice(minTime: from, maxTime: to))
    var counted: Int64 = 0
    while let rows = try await listing.next() {
      for row in rows { if case .integer(let samples) = row[4] { counted += samples } }
    }
    #expect(counted == Int64(some.count))
  }

  @Test("OpenMetrics says what it has no words for")
  func openMetrics() async throws {
    let dump = try await Self.lines("\(Fixtures.root)/\(Self.mixed)", as: .openmetrics)
    let all = try await Self.lines("\(Fixtures.root)/\(Self.mixed)").lines
    let histograms = all.count { $0.contains("{count:") }
    #expect(dump.leftOut.histograms == UInt64(histograms) && histograms > 0)
    #expect(dump.lines.last == "# EOF")
    #expect(dump.lines.count == all.count - histograms + 1)
  }

  @Test("OpenMetrics of whatever a block can hold")
  func openMetricsText() async throws {
    let folder = try TemporaryFolder()
    var block = SmallBlock()
    let time: Int64 = 1_700_000_000_000
    block.add(["__name__": "a", "x": "q\"b\\n\nü\t"], [(time, -0.0), (time + 1, .infinity), (time + 2, .stale)])
    block.add(["__name__": "a:b", "label.name": "v"], [(time, 1)])
    block.add(["__name__": "metric.name \"quoted\""], [(-1, 2)])
    block.add(["job": "x"], [(time, 3), (time + 1, 3)])
    let path = try block.write(in: folder.path)
    let dump = try await Self.lines(path, as: .openmetrics)
    #expect(
      dump.lines == [
        #"a{x="q\"b\\n\nü\#u{9}"} -0 1700000000"#, #"a{x="q\"b\\n\nü\#u{9}"} +Inf 1700000000.001"#,
        #"a{x="q\"b\\n\nü\#u{9}"} NaN 1700000000.002"#, #"a:b{"label.name"="v"} 1 1700000000"#,
        #"{"metric.name \"quoted\""} 2 -0.001"#, "# EOF",
      ])
    var expected = SampleDump.LeftOut()
    (expected.nameless, expected.staleMarkers, expected.quotedNames, expected.early) = (2, 1, 2, 1)
    #expect(dump.leftOut == expected)
    #expect(
      try await Self.lines(path).lines.suffix(4) == [
        #"{__name__="a:b", "label.name"="v"} 1 1700000000000"#, #"{__name__="metric.name \"quoted\""} 2 -1"#,
        #"{job="x"} 3 1700000000000"#, #"{job="x"} 3 1700000000001"#,
      ])
  }

  @Test("labels that are no UTF-8 are left out, not written")
  func invalidLabels() {
    var text = SampleText(.openmetrics)
    text.begin(SeriesName(labels: [(Array("__name__".utf8), Array("a".utf8)), (Array("x".utf8), [0xff])]))
    text.take(1_700_000_000_000, 1, .sample)
    #expect(text.text.isEmpty && text.leftOut.invalid == 1)
  }

  @Test("a time in seconds is read back by cutting off", arguments: [0, 1, -1, 1_700_000_000_001, 1_700_006_400_019, -1_700_000_000_007] as [Int64])
  func seconds(_ time: Int64) throws {
    for time in time..<(time + 500) {
      let seconds = try #require(Double(SampleText.seconds(time)))
      #expect(Int64(seconds * 1000) == time)
    }
  }

  @Test("what tombstones say was deleted is left out")
  func tombstones() async throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/block"
    try shell("cp -r \(Fixtures.root)/\(Self.mixed) \(path) && chmod -R u+w \(path)")
    let all = try await Self.lines(path).lines
    // The first series loses its first hour: a reference, and two times as zigzag varints.
    let index = try Index(FileBytes(mapping: "\(path)/index"))
    var first: (reference: UInt64, start: Int64) = (0, 0)
    try index.forEachSeries { entry in
      if first.reference == 0 { first = (entry.reference, entry.chunks[0].minTime) }
    }
    let end = first.start + 3_600_000
    let entry = Self.varint(first.reference) + Self.varint(UInt64(first.start) << 1) + Self.varint(UInt64(end) << 1)
    let checksum = CRC32C.checksum(entry.rawBytes)
    let tail = (0..<4).map { UInt8(truncatingIfNeeded: checksum >> (24 - 8 * UInt32($0))) }
    try AtomicFile.write([0x01, 0x30, 0xBA, 0x30, 1] + entry + tail, to: "\(path)/tombstones")
    let left = try await Self.lines(path).lines
    let name = all[0].prefix(through: try #require(all[0].firstIndex(of: "}")))
    let expected = all.filter { line in
      let time = line.split(separator: " ").last.flatMap { Int64($0) } ?? 0
      return !(line.hasPrefix(name) && (first.start...end).contains(time))
    }
    #expect(left == expected && left.count < all.count)
  }

  private static func varint(_ value: UInt64) -> [UInt8] {
    var (rest, bytes): (UInt64, [UInt8]) = (value, [])
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}
