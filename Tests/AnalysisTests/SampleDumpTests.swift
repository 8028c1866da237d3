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

  @Test("floats are promtool's, byte for byte; of histograms promtool lacks the first ones", arguments: [
    (mixed, "raw-float-and-histogram.promtool-3.12-dump.txt.gz", 24),
    ("xor2-float/01M81B089WZ6FKNMSDPKBMGYCV", "xor2-float.promtool-3.12-dump.txt.gz", 0),
  ])
  func golden(_ block: String, _ file: String, _ missing: Int) async throws {
    let ours = try await Self.lines("\(Fixtures.root)/\(block)").lines
    let theirs = try GoldenLines.of(file)
    #expect(ours.count == theirs.count + missing)
    #expect(ours.filter { !$0.contains("{count:") } == theirs.filter { !$0.contains("{count:") })
    // Bounds of histograms' buckets may differ in their last digit: what they count may not.
    let known = Set(ours.filter { $0.contains("{count:") }.map(GoldenLines.rounded))
    let expected = Set(theirs.filter { $0.contains("{count:") }.map(GoldenLines.rounded))
    #expect(expected.isSubset(of: known))
    #expect(known.count == expected.count + missing)
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
