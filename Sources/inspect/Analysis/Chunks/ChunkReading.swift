import Platform
import TSDB

/// Reads what a question asks of a block's chunks, by the way that its index allows.
struct ChunkReading: Sendable {
  struct Answer: Sendable {
    /// What the series of each group told.
    let reading: OwnerReading
    let sums: ChunkSums
    let findings: ChunkCounting.Findings
    let sharedChunks: UInt64
    /// Where not all groups are told apart: what none of the others exceeds, bytes.
    let bound: UInt64?
  }

  private let block: InspectedBlock
  private let question: ChunkQuestion
  private let index: Index
  private let symbols: SymbolTable
  private let names: [UInt32?]

  init(_ block: InspectedBlock, _ question: ChunkQuestion, _ index: Index, _ symbols: SymbolTable) throws {
    (self.block, self.question, self.index, self.symbols) = (block, question, index, symbols)
    names = try question.labels.map { try symbols.reference(of: Array($0.utf8).rawBytes) }
  }

  /// - Throws: `TSDBError` for an index that is damaged, `FileError`, `BucketError`, `CancellationError`.
  func run() async throws -> Answer {
    do {
      return try await answer(SeriesGroups(names: names, limit: question.groupLimit), bound: nil)
    } catch is SeriesGroups.TooMany {
      let shortlist = try await shortlist()
      return try await answer(shortlist.groups, bound: shortlist.bound)
    }
  }

  private func answer(_ groups: SeriesGroups, bound: UInt64?) async throws -> Answer {
    try await inAnyOrder { isInOrder in
      let owners = try OwnerWalk(block, index, try reading(groups), isInOrder: isInOrder)
      var (sums, findings) = (ChunkSums(), ChunkCounting.Findings())
      if question.readsIndexOnly {
        findings = try await ReferenceGaps.count(owners, block.segments)
      } else if question.isAboutSome {
        (sums, findings) = try await SelectedJoin(block, owners).run()
      } else {
        (sums, findings) = try await SegmentJoin(block, owners).run()
      }
      return Answer(
        reading: owners.reading, sums: sums, findings: findings, sharedChunks: owners.sharedChunks, bound: bound)
    }
  }

  private func reading(_ groups: SeriesGroups, classes: GroupClasses? = nil) throws -> OwnerReading {
    OwnerReading(
      index, groups: groups, matcher: try question.selector.map { try SeriesMatcher($0, symbols) },
      times: question.times, classes: classes)
  }

  private func inAnyOrder<Value>(_ body: (_ isInOrder: Bool) async throws -> Value) async throws -> Value {
    do {
      return try await body(true)
    } catch is OwnerWalk.OtherOrder {
      return try await body(false)
    }
  }

  // MARK: Very many groups

  private struct Choice: Sendable {
    var shortlist: GroupShortlist
    var reading: OwnerReading
  }

  private func shortlist() async throws -> GroupShortlist {
    let classes = GroupClasses(bits: question.classBits)
    let empty = SeriesGroups(names: names, limit: question.groupLimit)
    let bytes = try await inAnyOrder { isInOrder in
      let owners = try OwnerWalk(block, index, try reading(empty, classes: classes), isInOrder: isInOrder)
      return try await ReferenceGaps.reduce(owners, block.segments, [UInt64](repeating: 0, count: classes.count)) {
        if let bytes = $2, $1.group != SeriesGroups.none { $0[Int($1.group)] &+= bytes }
      }
    }
    let choices = try await block.reduceSeries(of: index) {
      Choice(shortlist: GroupShortlist(classes, bytes, groups: empty), reading: try reading(empty))
    } _: { (choice, entry) in
      if try choice.reading.takes(entry) { choice.shortlist.take(entry) }
    }
    // One thread makes one.
    var shortlist = choices.first?.shortlist ?? GroupShortlist(classes, bytes, groups: empty)
    shortlist.close()
    return shortlist
  }
}
