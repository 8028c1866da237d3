import Quantities

/// The blocks of a label set whose sizes may be held against each other.
///
/// Each block carries an index of its own: a day in blocks of 2 h weighs more than the same day within one of 14 d, and
/// a row of old long blocks and new short ones would look like growth. So the fit takes blocks of about one length (to
/// the nearest power of two hours), of the length that covers the most time.
struct ComparableBlocks {
  let blocks: [StoredBlock]
  /// In words: `26 blocks of about 2w`.
  let basis: String

  /// Days that have to lie between the beginning of the first and the end of the last for a change to be one: two weeks, so
  /// that neither a day's curve nor a weekend is taken for growth.
  static let leastDays = 14.0

  /// Whether they tell of growth at all.
  var showChange: Bool {
    guard blocks.count >= Self.fewest, let start = blocks.map(\.minTime).min(), let end = blocks.map(\.maxTime).max() else {
      return false
    }
    // A block ends some seconds before its window does.
    return Double(end) - Double(start) >= (Self.leastDays - 0.1) * PlanTime.day
  }

  /// - Parameter raw: the lasting raw blocks of one label set.
  init(_ raw: [StoredBlock]) {
    let classes = Dictionary(grouping: raw, by: lengthClass)
    func days(_ blocks: [StoredBlock]) -> Double { blocks.reduce(0) { $0 + $1.days } }
    let enough = classes.filter { $0.value.count >= Self.fewest }
    guard let best = enough.max(by: { (days($0.value), $0.key) < (days($1.value), $1.key) }) else {
      blocks = raw
      basis = raw.count == 1 ? "1 block" : "\(raw.count) blocks" + (classes.count > 1 ? " of different lengths" : "")
      return
    }
    blocks = best.value
    let lengths = best.value.map(\.days).sorted()
    let hours = (Trend.median(lengths) * 24).rounded()
    basis = "\(best.value.count) blocks of about \(PrometheusDuration.text(.milliseconds(Int64(hours * PlanTime.hour))))"
  }

  /// Of blocks to fit a line through.
  private static let fewest = 3
}

/// The power of two hours that is nearest to a block's length by ratio. Shorter ones are as one hour.
private func lengthClass(_ block: StoredBlock) -> Int {
  var hours = max(1, block.days * 24)
  var power = 0
  while hours >= 2 {
    hours /= 2
    power += 1
  }
  return hours * hours > 2 ? power + 1 : power
}
