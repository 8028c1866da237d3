import BlockBytes
import Platform
import TSDB
import Thanos

extension InspectedBlock {
  /// Finds the series that can match a selector by the postings lists of the labels that it names, as Prometheus does,
  /// for whoever would have to go through all series otherwise.
  ///
  /// Matchers that an empty value fulfils tell nothing: series without the label fulfil them, too, and stand in none of
  /// its lists.
  /// - Parameters:
  ///   - index: with header, table of contents and postings offset table.
  ///   - table: its postings offset table.
  /// - Returns: rising references of all series that match, and perhaps of others: each is still to be looked at. `nil`
  ///   where the lists would be no less to read than the series.
  /// - Throws: `TSDBError` for a damaged list or table, `FileError`, `BucketError`.
  func seriesNamed(by selector: LabelSelector, _ index: Index, _ table: PostingsTable) async throws -> [UInt32]? {
    let matchers = selector.matchers.filter { !$0.matches(value: "") }
    let (exact, others) = (matchers.filter { $0.values != nil }, matchers.filter { $0.values == nil })
    let limit = min(PostingsSearch.largest, UInt64(index.tableOfContents.range(of: .series).count) / 4)
    var search = PostingsSearch(block: self, index: index, table: table)
    try await search.narrow(exact, limit: limit)
    // What is left is cheaper to look at than all values of a label.
    if search.found == nil, table.count <= PostingsSearch.mostRows { try await search.narrow(others, limit: limit) }
    return search.found
  }
}

/// Series that stand in the lists of each of some matchers.
private struct PostingsSearch: Sendable {
  /// Bytes of lists that are read for one matcher.
  static let largest: UInt64 = 16 << 20
  /// Rows of the postings offset table whose values are compared with regular expressions.
  static let mostRows = 500_000
  /// What an entry takes up as a rule.
  private static let usualEntry: UInt64 = 64
  /// Of a list whose end is not known.
  private static let usualList: UInt64 = 64 << 10
  private static let gap: UInt64 = 64 << 10
  private static let longestRead: UInt64 = 4 << 20
  private static let requestsAtOnce = 8

  /// The lists of a matcher.
  private struct Term: Sendable {
    let places: [PostingsPlace]

    var bytes: UInt64 { places.reduce(0) { $0 &+ ($1.end.map { [offset = $1.offset] in $0 &- offset } ?? usualList) } }
  }

  /// Lists that lie close together.
  private struct Window: Sendable {
    var offsets: [UInt64]
    var range: Range<UInt64>
  }

  let block: InspectedBlock
  let index: Index
  let table: PostingsTable
  /// `nil` as long as no list was read.
  private(set) var found: [UInt32]?

  init(block: InspectedBlock, index: Index, table: PostingsTable) {
    (self.block, self.index, self.table) = (block, index, table)
  }

  /// Leaves the series that stand in the lists of these matchers, too, as far as reading them pays.
  mutating func narrow(_ matchers: [LabelMatcher], limit: UInt64) async throws {
    let terms = try await BlockingPool.shared.run { [table] in try matchers.map { try Self.term($0, table) } }
    for term in terms.sorted(by: { $0.bytes < $1.bytes }) {
      // A list pays where it is less to read than the entries that it could save.
      guard term.bytes <= found.map({ UInt64($0.count) &* Self.usualEntry }) ?? limit else { return }
      let list = try await references(term.places)
      found = found.map { Self.intersection($0, list) } ?? list
      if found?.isEmpty ?? false { return }
    }
  }

  private static func term(_ matcher: LabelMatcher, _ table: PostingsTable) throws -> Term {
    let name = Array(matcher.name.utf8)
    if let values = matcher.values {
      return Term(places: try Set(values.map { Array($0.utf8) }).compactMap { value in
        try table.place(name: name.rawBytes, value: value.rawBytes)
      })
    }
    let takes = matcher.predicate()
    return Term(places: try table.places(name: name.rawBytes) { takes(String(showing: $0)) })
  }

  // MARK: Lists

  private func references(_ places: [PostingsPlace]) async throws -> [UInt32] {
    let windows = try windows(places)
    var references = try await withThrowingTaskGroup(of: [UInt32].self) { group in
      var all: [UInt32] = []
      for (number, window) in windows.enumerated() {
        if number >= Self.requestsAtOnce, let some = try await group.next() { all += some }
        group.addTask { try await read(window) }
      }
      for try await some in group { all += some }
      return all
    }
    references.sort()
    // A series has one value of a label; lists that name it twice are no reason to show it twice.
    return references.withoutRepetitions
  }

  private func windows(_ places: [PostingsPlace]) throws(TSDBError) -> [Window] {
    let section = index.tableOfContents.range(of: .postings)
    var windows: [Window] = []
    for place in places.sorted(by: { $0.offset < $1.offset }) {
      guard place.offset >= UInt64(section.lowerBound), place.offset < UInt64(section.upperBound) else {
        throw TSDBError(
          code: .outOfRange, file: index.name, offset: UInt64(section.lowerBound),
          expected: "an offset that points into this section", found: "\(place.offset)")
      }
      let stop = min(place.end ?? place.offset &+ Self.usualList, UInt64(section.upperBound))
      if let last = windows.last, place.offset <= last.range.upperBound &+ Self.gap,
        max(stop, last.range.upperBound) &- last.range.lowerBound <= Self.longestRead
      {
        windows[windows.count - 1].range = last.range.lowerBound..<max(stop, last.range.upperBound)
        windows[windows.count - 1].offsets.append(place.offset)
      } else {
        windows.append(Window(offsets: [place.offset], range: place.offset..<stop))
      }
    }
    return windows
  }

  /// Reads the lists of a window, and what one of them has beyond its end.
  private func read(_ window: Window) async throws -> [UInt32] {
    let held = try await block.data.read(block.index, window.range)
    var references: [UInt32] = []
    for offset in window.offsets {
      let start = min(held.count, Int(offset &- window.range.lowerBound))
      let head = Array(held[start..<min(held.count, start + 4)])
      let size = try index.postingsSize(at: offset, head: head.rawBytes)
      let isWhole = UInt64(held.count - start) >= size
      let list =
        isWhole ? Array(held[start..<(start + Int(size))])
        : try await block.data.read(block.index, offset..<(offset &+ size))
      try index.postings(at: offset, bytes: list.rawBytes, into: &references)
    }
    return references
  }

  private static func intersection(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
    var both: [UInt32] = []
    var place = right.startIndex
    for reference in left {
      while place < right.endIndex, right[place] < reference { place += 1 }
      if place < right.endIndex, right[place] == reference { both.append(reference) }
    }
    return both
  }
}

extension [UInt32] {
  /// Of a sorted list.
  fileprivate var withoutRepetitions: [UInt32] {
    var kept: [UInt32] = []
    kept.reserveCapacity(count)
    for value in self where kept.last != value { kept.append(value) }
    return kept
  }
}
