import TSDB

/// Sorts series into groups by the values of some labels, and gives each group a number, in the order in which they
/// first come up. Series of a group mostly stand together.
///
/// - Memory: 4 bytes a label and up to 16 a group.
struct SeriesGroups: Sendable {
  /// More groups came up than are held.
  struct TooMany: Error {}

  /// Of series that a selector leaves out.
  static let none = UInt32.max
  /// In place of the value of a label that a series lacks.
  static let missing = UInt32.max
  /// Groups that are held at most if nothing else is said: with all that is counted for them some 150 bytes each.
  static let usualLimit = 1 << 17

  /// Symbols of the labels' names; `nil` where no series has one.
  private let names: [UInt32?]
  private let limit: Int
  /// The values of all groups, those of one behind those of the other.
  private var values: [UInt32] = []
  /// Number + 1 of the group in each slot; 0 where there is none. A power of two of them.
  private var slots = [UInt32](repeating: 0, count: 1 << 10)
  private(set) var count = 0
  private var last: UInt32?
  private var key: [UInt32]
  /// Whether series whose group is not here are put together in one more, whose number is `count`.
  private(set) var isClosed = false

  init(names: [UInt32?], limit: Int = usualLimit) {
    (self.names, self.limit) = (names, limit)
    key = Array(repeating: Self.missing, count: names.count)
  }

  /// The values of a group's labels.
  func values(of group: Int) -> ArraySlice<UInt32> { values[(group * names.count)..<(group + 1) * names.count] }

  /// Lets no more groups come up.
  mutating func close() { isClosed = true }

  /// - Throws: `TooMany`.
  mutating func number(of entry: borrowing SeriesEntry) throws(TooMany) -> UInt32 {
    readKey(of: entry)
    if let last, isKey(ofGroup: Int(last)) { return last }
    var slot = keyHash & (slots.count &- 1)
    while slots[slot] != 0 {
      let number = Int(slots[slot]) &- 1
      if isKey(ofGroup: number) {
        last = UInt32(truncatingIfNeeded: number)
        return UInt32(truncatingIfNeeded: number)
      }
      slot = (slot &+ 1) & (slots.count &- 1)
    }
    if isClosed { return UInt32(truncatingIfNeeded: count) }
    guard count < limit else { throw TooMany() }
    values += key
    count += 1
    slots[slot] = UInt32(truncatingIfNeeded: count)
    last = UInt32(truncatingIfNeeded: count &- 1)
    if count &* 2 > slots.count { makeSlots(slots.count * 2) }
    return UInt32(truncatingIfNeeded: count &- 1)
  }

  /// A hash of the values that a series has of the labels.
  mutating func hash(of entry: borrowing SeriesEntry) -> Int {
    readKey(of: entry)
    return keyHash
  }

  /// Leaves the groups with certain hashes, with other numbers.
  mutating func keep(_ isKept: (_ hash: Int) -> Bool) {
    var kept = 0
    for number in 0..<count where isKept(hash(ofGroup: number)) {
      for place in key.indices { values[kept &* key.count &+ place] = values[number &* key.count &+ place] }
      kept += 1
    }
    count = kept
    values.removeLast(values.count - kept * key.count)
    last = nil
    makeSlots(slots.count)
  }

  /// The hashes of all groups.
  var hashes: [Int] { (0..<count).map { hash(ofGroup: $0) } }

  @inline(__always)
  private mutating func readKey(of entry: borrowing SeriesEntry) {
    for place in key.indices {
      key[place] = Self.missing
      guard let name = names[place] else { continue }
      for label in entry.labels where label.name == name { key[place] = label.value }
    }
  }

  @inline(__always)
  private func isKey(ofGroup group: Int) -> Bool {
    let start = group &* key.count
    for place in key.indices where values[start &+ place] != key[place] { return false }
    return true
  }

  private mutating func makeSlots(_ number: Int) {
    slots = [UInt32](repeating: 0, count: number)
    for number in 0..<count {
      var slot = hash(ofGroup: number) & (slots.count &- 1)
      while slots[slot] != 0 { slot = (slot &+ 1) & (slots.count &- 1) }
      slots[slot] = UInt32(truncatingIfNeeded: number &+ 1)
    }
  }

  private var keyHash: Int { hash { key[$0] } }

  private func hash(ofGroup number: Int) -> Int { hash { values[number &* key.count &+ $0] } }

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
