import Fixtures
import TSDB
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

  enum Shape: CaseIterable {
    case even, powers, clustered, constant, twoPeaks

    func value(_ random: inout SeededRandom) -> UInt64 {
      switch self {
      case .even: UInt64.random(in: 0...100_000, using: &random)
      case .powers: UInt64.max >> UInt64.random(in: 0...63, using: &random)
      case .clustered: 7_200_000 + UInt64.random(in: 0...15_000, using: &random)
      case .constant: 1 << 40
      case .twoPeaks: Bool.random(using: &random) ? UInt64.random(in: 118...120, using: &random) : 1_000_000
      }
    }
  }

  @Test("quantiles of any shape are within 0.4 % of the exact ones", arguments: Shape.allCases, 1...8)
  func shapes(_ shape: Shape, _ seed: Int) {
    var random = SeededRandom(seed: UInt64(seed))
    var distribution = Distribution()
    let values = (0..<Int.random(in: 1...4000, using: &random)).map { _ in shape.value(&random) }
    for value in values { distribution.add(value) }
    let sorted = values.sorted()
    for percent in 0...100 {
      let share = Double(percent) / 100
      let exact = sorted[max(1, Int((share * Double(sorted.count)).rounded(.up))) - 1]
      let told = distribution.quantile(share)
      let difference = Double(max(told, exact) - min(told, exact))
      #expect(difference <= 0.004 * Double(exact) && (exact >= 256 || told == exact), "seed \(seed), p\(percent)")
    }
    #expect(distribution.sum == values.reduce(0) { $0.addingReportingOverflow($1).overflow ? .max : $0 + $1 })
  }

  @Test("what several threads counted is what one would have", arguments: 1...6)
  func threads(_ count: Int) async {
    let values = Self.values(20_000, seed: UInt64(count))
    var one = EncodingTotals(.xor)
    for value in values { one.add(samples: Int(value % 500), size: Int(value % 9000), bytes: value % 9009, span: value % 7_200_000) }
    let parts = await withTaskGroup(of: EncodingTotals.self) { group in
      for part in 0..<count {
        group.addTask {
          var totals = EncodingTotals(.xor)
          for place in stride(from: part, to: values.count, by: count) {
            let value = values[place]
            totals.add(samples: Int(value % 500), size: Int(value % 9000), bytes: value % 9009, span: value % 7_200_000)
          }
          return totals
        }
      }
      // In whatever order they are done.
      return await group.reduce(into: []) { $0.append($1) }
    }
    var merged = EncodingTotals(.xor)
    for part in parts.shuffled() { merged.merge(part) }
    #expect("\(merged)" == "\(one)")
  }

  @Test("memory does not grow with what is counted")
  func memory() {
    var random = SeededRandom(seed: 9)
    var distribution = Distribution()
    distribution.add(.max)
    #expect(distribution.classes.count == 7424)
    for _ in 0..<50_000 {
      distribution.add(UInt64.random(in: 0...9, using: &random) << UInt64.random(in: 0...60, using: &random))
    }
    #expect(distribution.classes.count == 7424 && distribution.count == 50_001)
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
}
