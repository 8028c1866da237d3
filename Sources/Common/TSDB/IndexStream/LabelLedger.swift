/// Holds the labels of all series against the postings lists, although a list's label is known only at the end of the
/// file and the series pass by at its start.
///
/// For a label ℓ of the series s, the series' side adds H(ℓ)·mix(s); the lists' side takes away H(ℓ)·Σ mix(s) over its
/// list. What is left is 0 if both sides say the same, but for a chance of 2⁻⁶⁴. The sums are spread over many cells by
/// the hash of the label, so that what is left over in one tells which label differs, and often even which series:
/// `LabelHash.mixed` can be turned around.
struct LabelLedger: Sendable {
  private var cells: [UInt64]
  private let shift: UInt64

  /// - Parameter tableSize: bytes of the postings offset table, for a cell for each of its rows: 8 MiB at most.
  init(tableSize: Int) {
    var bits: UInt64 = 6
    while bits < 20, 1 << bits < tableSize / 16 { bits += 1 }
    shift = 64 - bits
    cells = [UInt64](repeating: 0, count: 1 << Int(bits))
  }

  /// The label of the list of all series.
  static let all = LabelHash.pair(LabelHash.of(RawSpan()), LabelHash.of(RawSpan()))

  @inline(__always)
  mutating func add(_ label: UInt64, _ series: UInt64) {
    cells[cell(of: label)] &+= (label | 1) &* series
  }

  @inline(__always)
  mutating func remove(_ label: UInt64, _ sum: UInt64) {
    cells[cell(of: label)] &-= (label | 1) &* sum
  }

  @inline(__always)
  func cell(of label: UInt64) -> Int { Int(truncatingIfNeeded: label >> shift) }

  /// The cells in which both sides differ, with what is left in them.
  var differences: [Int: UInt64] {
    var found: [Int: UInt64] = [:]
    for (cell, left) in cells.enumerated() where left != 0 { found[cell] = left }
    return found
  }

  /// The only series that the list of `label` lacks, if what is left of its cell can be explained so.
  static func lacking(_ left: UInt64, _ label: UInt64, in series: SeriesSet) -> UInt64? {
    let reference = LabelHash.unmixed(left &* LabelHash.inverse(ofOdd: label | 1))
    return series.contains(reference) ? reference : nil
  }

  /// The only series that the list of `label` has too much.
  static func surplus(_ left: UInt64, _ label: UInt64, in series: SeriesSet) -> UInt64? {
    lacking(0 &- left, label, in: series)
  }
}

/// A postings list or label index that passed by.
struct PassedList: Sendable {
  /// Of its length, bytes from the start of the file.
  let offset: UInt64
  /// Of a postings list, Σ mix(series); of a label index, Σ hash(value).
  let sum: UInt64
}

/// The lists of a section in the order of the file.
///
/// - Memory: 16 bytes and a bit a list.
struct PassedLists: Sendable {
  private let limit: Int
  private var lists: [PassedList] = []
  private var named: [UInt64] = []
  private var next = 0
  private(set) var isWhole = true

  init(limit: Int) { self.limit = limit }

  var isEmpty: Bool { lists.isEmpty }

  mutating func append(_ list: PassedList) {
    guard lists.count < limit else {
      isWhole = false
      return
    }
    if lists.count % 64 == 0 { named.append(0) }
    lists.append(list)
  }

  enum Found {
    case list(sum: UInt64)
    /// Another row points at it too.
    case again
    case none
  }

  /// The list at an offset, for a row that points at it.
  mutating func find(_ offset: UInt64) -> Found {
    // Rows and lists have the same order in every index that a Prometheus wrote.
    let place = next < lists.count && lists[next].offset == offset ? next : search(offset)
    guard let place else { return .none }
    next = place + 1
    let bit: UInt64 = 1 << UInt64(place % 64)
    if named[place / 64] & bit != 0 { return .again }
    named[place / 64] |= bit
    return .list(sum: lists[place].sum)
  }

  private func search(_ offset: UInt64) -> Int? {
    var (low, high) = (0, lists.count)
    while low < high {
      let middle = (low + high) / 2
      if lists[middle].offset < offset { low = middle + 1 } else { high = middle }
    }
    return low < lists.count && lists[low].offset == offset ? low : nil
  }

  /// Offsets of the lists that no row pointed at.
  func forEachUnnamed(_ body: (UInt64) -> Void) {
    for (place, list) in lists.enumerated() where named[place / 64] >> UInt64(place % 64) & 1 == 0 { body(list.offset) }
  }
}
