import TSDB

/// Gives every label pair of an index a number, in the order in which they first come up.
///
/// Pairs are two references into the symbol table, so that nothing is hashed but 8 bytes: 20 million labels of two
/// million series are looked up while they pass by. A table of its own, since Swift's `Dictionary` takes three times as
/// long and twice the memory.
struct LabelPairs: Sendable {
  /// By number.
  private(set) var labels: [LabelReference] = []
  /// Number + 1 of the pair in each slot; 0 where there is none. A power of two of them.
  private var slots = [UInt32](repeating: 0, count: 1 << 12)

  var count: Int { labels.count }

  /// The number of a pair, which is `count` before the call for a new one.
  @inline(__always)
  mutating func number(of label: LabelReference) -> Int {
    var slot = Self.hash(label) & (slots.count &- 1)
    while slots[slot] != 0 {
      let number = Int(slots[slot]) &- 1
      if labels[number] == label { return number }
      slot = (slot &+ 1) & (slots.count &- 1)
    }
    slots[slot] = UInt32(truncatingIfNeeded: labels.count &+ 1)
    labels.append(label)
    if labels.count &* 2 > slots.count { grow() }
    return labels.count &- 1
  }

  private mutating func grow() {
    slots = [UInt32](repeating: 0, count: slots.count * 2)
    for (number, label) in labels.enumerated() {
      var slot = Self.hash(label) & (slots.count &- 1)
      while slots[slot] != 0 { slot = (slot &+ 1) & (slots.count &- 1) }
      slots[slot] = UInt32(truncatingIfNeeded: number &+ 1)
    }
  }

  @inline(__always)
  private static func hash(_ label: LabelReference) -> Int {
    let key = UInt64(label.name) << 32 | UInt64(label.value)
    let product = key.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return Int(truncatingIfNeeded: product.high ^ product.low)
  }
}
