/// XOR chunks of every shape that a Prometheus writes, and of shapes that only the format allows.
public enum XORShapes {
  public enum Shape: CaseIterable, Sendable {
    case constant, counter, gauge, seconds
    /// Late by seconds now and then, up to what 20 bits hold.
    case jitter
    /// Counters that begin again, and series that go stale and come back.
    case resets, stale
    /// A scrape every second, or every day: time stamps of 64 bits.
    case sparse
    /// Time that stands still or goes back.
    case falling
    /// As many samples as a chunk can have.
    case long
    /// Of one sample or two.
    case short
  }

  public static func chunk(_ shape: Shape, _ random: inout SeededRandom) -> XORChunk {
    var chunk = XORChunk()
    var time = Int64.random(in: -1_000_000_000_000...1_700_000_000_000, using: &random)
    var value = Double(Int.random(in: 0..<10_000_000, using: &random))
    for number in 0..<samples(shape, &random) {
      chunk.append(time + late(shape, &random), isStale(shape, number, &random) ? stale : value)
      time += step(shape, &random)
      value = next(shape, value, &random)
    }
    return chunk
  }

  private static let stale = Double(bitPattern: 0x7ff0_0000_0000_0002)

  private static func samples(_ shape: Shape, _ random: inout SeededRandom) -> Int {
    switch shape {
    case .short: Int.random(in: 1...2, using: &random)
    case .long: Int.random(in: 60_000...65_535, using: &random)
    default: Int.random(in: 3...300, using: &random)
    }
  }

  private static func late(_ shape: Shape, _ random: inout SeededRandom) -> Int64 {
    switch shape {
    case .constant, .long: 0
    case .jitter: Int64.random(in: 0..<(1 << Int64.random(in: 1...17, using: &random)), using: &random)
    default: Int.random(in: 0..<50, using: &random) == 0 ? Int64.random(in: 3..<40, using: &random) : 0
    }
  }

  private static func step(_ shape: Shape, _ random: inout SeededRandom) -> Int64 {
    switch shape {
    case .jitter: 300_000
    case .sparse: Int.random(in: 0..<8, using: &random) == 0 ? 86_400_000 : 1_000
    case .falling: Int.random(in: 0..<20, using: &random) == 0 ? Int64.random(in: -60_000...0, using: &random) : 15_000
    default: 30_000
    }
  }

  private static func isStale(_ shape: Shape, _ number: Int, _ random: inout SeededRandom) -> Bool {
    shape == .stale && number > 0 && Int.random(in: 0..<10, using: &random) == 0
  }

  private static func next(_ shape: Shape, _ value: Double, _ random: inout SeededRandom) -> Double {
    switch shape {
    case .constant: value
    case .long: Int.random(in: 0..<1000, using: &random) == 0 ? value + 1 : value
    case .resets where Int.random(in: 0..<20, using: &random) == 0: 0
    case .gauge: value + Double(4096 * Int.random(in: -50..<50, using: &random))
    case .seconds: value + Double.random(in: 0..<10, using: &random)
    case .sparse: Double(bitPattern: UInt64.random(in: 0 ... .max, using: &random))
    default: value + Double(Int.random(in: 0..<200, using: &random))
    }
  }
}
