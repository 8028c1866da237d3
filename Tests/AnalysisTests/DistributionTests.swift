import Fixtures
import Testing

@testable import Analysis

@Suite("Distributions in constant memory")
struct DistributionTests {
  /// Of all sizes that chunks and spans have.
  private static func values(_ count: Int, seed: UInt64) -> [UInt64] {
    var random = SeededRandom(seed: seed)
    return (0..<count).map { _ in UInt64.random(in: 0...UInt64.max, using: &random) >> UInt64.random(in: 0...63, using: &random) }
  }

  @Test("a quantile is the value at its rank, exact below 256 and within 0.4 % beyond", arguments: [1, 2, 99, 5000])
  func quantiles(_ count: Int) {
    let values = Self.values(count, seed: UInt64(count))
    let sorted = values.sorted()
    var (whole, half, rest) = (Distribution(), Distribution(), Distribution())
    for (place, value) in values.enumerated() {
      whole.add(value)
      if place.isMultiple(of: 3) { half.add(value) } else { rest.add(value) }
    }
    half.merge(rest)
    #expect(half == whole)
    #expect(whole.min == sorted[0] && whole.max == sorted[count - 1] && whole.count == UInt64(count))
    for share in [0.01, 0.25, 0.5, 0.9, 0.99, 1] {
      let exact = sorted[max(1, Int((share * Double(count)).rounded(.up))) - 1]
      let told = whole.quantile(share)
      let difference = Double(max(told, exact) - min(told, exact))
      #expect(exact < 256 ? told == exact : difference <= 0.004 * Double(exact), "\(share): \(told), not \(exact)")
    }
  }

  @Test("an empty one has nothing to tell")
  func empty() {
    let none = Distribution()
    #expect(none.quantile(0.5) == 0 && none.mean == 0 && none.count == 0)
    #expect(StepCounts().steps.isEmpty && StepCounts().mean == 0)
  }

  /// With all values at hand.
  private static func steps(of values: [UInt64]) -> [StepCounts.Step] {
    guard let least = values.min(), let most = values.max() else { return [] }
    var width: UInt64 = 10
    while width < (most - least) / 10, width <= 10_000 { width *= 10 }
    return stride(from: least - least % width, through: most - most % width + width, by: Int(width)).map { from in
      let count = values.filter { (from..<from + width).contains($0) }.count
      return StepCounts.Step(from: from, below: from + width, count: UInt64(count))
    }
  }

  @Test(
    "steps that grow count the same as steps that were chosen at the end",
    arguments: [0...9, 95...130, 0...120, 999...1011, 5...1014, 44...1012, 1...10_010, 0...200_000, 3_000_000...9_999_999] as [ClosedRange<UInt64>])
  func steps(_ range: ClosedRange<UInt64>) {
    var random = SeededRandom(seed: range.upperBound)
    let values = (0..<500).map { _ in UInt64.random(in: range, using: &random) }
    var (whole, parts) = (StepCounts(), [StepCounts(), StepCounts(), StepCounts()])
    for (place, value) in values.enumerated() {
      whole.add(value)
      parts[place % 3].add(value)
    }
    var merged = StepCounts()
    for part in parts { merged.merge(part) }
    let expected = Self.steps(of: values)
    #expect(whole.steps == expected)
    #expect(merged == whole)
    #expect(whole.mean == values.reduce(0, +) / 500)
  }

  @Test("a value that no chunk has makes no endless list")
  func hostileSteps() {
    var counts = StepCounts()
    counts.add(1)
    counts.add(.max)
    #expect(counts.steps.count < 1_000_000 && counts.count == 2)
  }

  @Test("the interval is found among jitter and gaps")
  func interval() throws {
    var random = SeededRandom(seed: 7)
    var (counts, votes) = (IntervalCounts(), IntervalVotes())
    for number in 0..<1000 {
      let distance = number.isMultiple(of: 10) ? 30_000 * UInt64.random(in: 2...9, using: &random) : 15_000
      let rounded = IntervalCounts.rounded(distance &+ UInt64.random(in: 0...80, using: &random) &- 40)
      counts.add(rounded)
      votes.add(rounded)
    }
    let interval = try #require(counts.mostCommon)
    #expect(interval == ScrapeInterval(milliseconds: 15_000, share: 0.9))
    let vote = try #require(votes.mostCommon)
    #expect(vote.milliseconds == 15_000 && vote.share > 0.7 && vote.share <= 0.9)
    #expect(IntervalCounts().mostCommon == nil && IntervalVotes().mostCommon == nil)
  }

  @Test(
    "distances are told apart as finely as scrape intervals are chosen",
    arguments: [(7, 7), (104, 100), (250, 250), (1_480, 1_500), (4_960, 5_000), (9_996, 10_000), (14_520, 15_000), (60_100, 60_000)])
  func rounding(_ distance: UInt64, _ expected: UInt32) { #expect(IntervalCounts.rounded(distance) == expected) }
}
