/// The items with the largest values out of any number that pass by; of equal ones those that came first.
struct TopList<Item> {
  private let limit: Int
  private var kept: [(value: UInt64, order: Int, item: Item)] = []
  private var passed = 0

  init(_ limit: Int) { self.limit = max(0, limit) }

  mutating func add(_ value: UInt64, _ item: @autoclosure () -> Item) {
    defer { passed += 1 }
    guard limit > 0 else { return }
    if kept.count == limit, let last = kept.last, last.value >= value { return }
    // Few are kept, and few that pass by get this far.
    let place = kept.partitioningIndex { $0.value < value }
    kept.insert((value, passed, item()), at: place)
    if kept.count > limit { kept.removeLast() }
  }

  /// From the largest on.
  var items: [(value: UInt64, item: Item)] { kept.map { ($0.value, $0.item) } }
}

extension RandomAccessCollection where Index == Int {
  /// The first place whose element fulfils a condition that all behind it fulfil, too.
  func partitioningIndex(_ isBehind: (Element) -> Bool) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = low + (high - low) / 2
      if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
