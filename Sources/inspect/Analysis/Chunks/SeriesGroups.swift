import TSDB

/// Sorts series into groups by the values of some labels, and gives each group a number, in the order in which they
/// first come up. Series of a group mostly stand together.
///
/// - Memory: 4 bytes a label and 8 a group.
struct SeriesGroups: Sendable {
  /// Of series that a selector leaves out.
  static let none = UInt32.max
  /// In place of the value of a label that a series lacks.
  static let missing = UInt32.max

  /// Symbols of the labels' names; `nil` where no series has one.
  private let names: [UInt32?]
  /// The values of all groups, those of one behind those of the other.
  private var values: [UInt32] = []
  /// Number + 1 of the group in each slot; 0 where there is none. A power of two of them.
  private var slots = [UInt32](repeating: 0, count: 1 << 10)
  private(set) var count = 0
  private var last: UInt32?
  private var key: [UInt32]

  init(names: [UInt32?]) {
    self.names = names
    key = Array(repeating: Self.missing, count: names.count)
  }

  /// The values of a group's labels.
  func values(of group: Int) -> ArraySlice<UInt32> { values[(group * names.count)..<(group + 1) * names.count] }

  mutating func number(of entry: borrowing SeriesEntry) -> UInt32 {
    for place in key.indices {
      key[place] = Self.missing
      guard let name = names[place] else { continue }
      for label in entry.labels where label.name == name { key[place] = label.value }
    }
    if let last, isKey(ofGroup: Int(last)) { return last }
    var slot = hash { key[$0] } & (slots.count &- 1)
    while slots[slot] != 0 {
      let number = Int(slots[slot]) &- 1
      if isKey(ofGroup: number) {
        last = UInt32(truncatingIfNeeded: number)
        return UInt32(truncatingIfNeeded: number)
      }
      slot = (slot &+ 1) & (slots.count &- 1)
    }
    values += key
    count += 1
    slots[slot] = UInt32(truncatingIfNeeded: count)
    last = UInt32(truncatingIfNeeded: count &- 1)
    if count &* 2 > slots.count { grow() }
    return UInt32(truncatingIfNeeded: count &- 1)
  }

  @inline(__always)
  private func isKey(ofGroup group: Int) -> Bool {
    let start = group &* key.count
    for place in key.indices where values[start &+ place] != key[place] { return false }
    return true
  }

  private mutating func grow() {
    slots = [UInt32](repeating: 0, count: slots.count * 2)
    for number in 0..<count {
      var slot = hash { values[number &* key.count &+ $0] } & (slots.count &- 1)
      while slots[slot] != 0 { slot = (slot &+ 1) & (slots.count &- 1) }
      slots[slot] = UInt32(truncatingIfNeeded: number &+ 1)
    }
  }

  @inline(__always)
  private func hash(_ value: (Int) -> UInt32) -> Int {
    var hash: UInt64 = 0
    for place in key.indices {
      let product = (hash ^ UInt64(value(place)) &+ 1).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
      hash = product.high ^ product.low
    }
    return Int(truncatingIfNeeded: hash)
  }
}
