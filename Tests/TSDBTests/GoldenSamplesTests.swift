import Fixtures
import Glibc
import Platform
import TSDB
import Testing

@Suite("Samples equal what promtool prints")
struct GoldenSamplesTests {
  struct Fixture: CustomTestStringConvertible, Sendable {
    let block: String
    let dump: String
    /// Samples that the dump lacks: the first one or two of each series of native histograms, a fault of promtool's.
    let missing: Int
    var testDescription: String { dump }
  }

  static let fixtures = [
    Fixture(
      block: "raw-float-and-histogram/01M81B088QDAD3JHFN4993ETCA",
      dump: "raw-float-and-histogram.promtool-3.12-dump.txt.gz", missing: 24),
    Fixture(block: "xor2-float/01M81B089WZ6FKNMSDPKBMGYCV", dump: "xor2-float.promtool-3.12-dump.txt.gz", missing: 0),
  ]

  @Test("every sample of every series has promtool's time stamp and value", arguments: fixtures)
  func equalsDump(_ fixture: Fixture) throws {
    let dump = try GoldenDump(fixture.dump)
    let block = try FixtureBlock(fixture.block)
    var compared = 0
    var missing = 0
    var series = 0
    try block.forEachSeries { labels, samples in
      let expected = dump.series[labels] ?? []
      #expect(!expected.isEmpty, "promtool does not know \(labels)")
      let lacking = samples.count - expected.count
      #expect((0...2).contains(lacking) && samples.prefix(lacking).allSatisfy(\.isHistogram), "\(labels)")
      for (sample, line) in zip(samples.dropFirst(lacking), expected) where !sample.equals(line) {
        Issue.record("\(labels): decoded \(sample), promtool has \(line)")
      }
      compared += expected.count
      missing += lacking
      series += 1
    }
    #expect(series == dump.series.count)
    #expect(compared == dump.samples)
    #expect(missing == fixture.missing)
  }
}

/// A decoded sample in the shape of the dump.
enum DecodedSample {
  case float(Int64, Double)
  case histogram(Int64, GoldenDump.Histogram)

  var isHistogram: Bool { if case .histogram = self { true } else { false } }

  func equals(_ line: GoldenDump.Sample) -> Bool {
    switch (self, line.value) {
    case (.float(let time, let value), .float(let expected)):
      // The dump's digits are the shortest that mean this very number.
      return time == line.timestamp && (value.bitPattern == expected.bitPattern || value.isNaN && expected.isNaN)
    case (.histogram(let time, let histogram), .histogram(let expected)):
      return time == line.timestamp && histogram.count == expected.count
        && histogram.sum.bitPattern == expected.sum.bitPattern && histogram.buckets.count == expected.buckets.count
        && zip(histogram.buckets, expected.buckets).allSatisfy { $0.equals($1) }
    default:
      return false
    }
  }
}

extension GoldenDump.Histogram.Bucket {
  /// Bounds are computed here and there in different ways, counts are not.
  func equals(_ other: Self) -> Bool {
    count == other.count && abs(lower - other.lower) <= 1e-12 * abs(lower)
      && abs(upper - other.upper) <= 1e-12 * abs(upper)
  }
}

extension GoldenDump.Histogram {
  init<Count>(_ sample: borrowing HistogramSample<Count>, _ number: (Count) -> Double) {
    self.init(count: number(sample.count), sum: sample.sum)
    let layout = sample.layout
    let negative = Self.buckets(layout.negativeSpans, sample.negativeBuckets.map(number), layout.schema)
    buckets += negative.reversed().map { Bucket(lower: -$0.upper, upper: -$0.lower, count: $0.count) }
    let zeros = number(sample.zeroCount)
    if zeros != 0 { buckets.append(Bucket(lower: -layout.zeroThreshold, upper: layout.zeroThreshold, count: zeros)) }
    buckets += Self.buckets(layout.positiveSpans, sample.positiveBuckets.map(number), layout.schema)
  }

  private static func buckets(_ spans: [HistogramSpan], _ counts: [Double], _ schema: Int32) -> [Bucket] {
    var buckets: [Bucket] = []
    var index = 0
    var next = counts.startIndex
    func bound(_ index: Int) -> Double { pow(2, Double(index) * pow(2, -Double(schema))) }
    for span in spans {
      index += Int(span.offset)
      for _ in 0..<span.length {
        let bucket = Bucket(lower: bound(index - 1), upper: bound(index), count: counts[next])
        if bucket.count != 0 { buckets.append(bucket) }
        index += 1
        next += 1
      }
    }
    return buckets
  }
}
