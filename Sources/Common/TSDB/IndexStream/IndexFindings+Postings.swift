extension IndexFindings {
  /// Compares what series and postings lists say of each other, and looks up which labels differ: only then is anything
  /// read, the postings offset table and perhaps the series once more, in windows of 1 MiB.
  /// - Throws: what `read` throws.
  public mutating func judgePostings(read: Read) async throws {
    guard counts.series > 0, counts.isComplete else { return }
    guard context.hasSums else {
      if !context.symbols.isWhole || !context.postings.isWhole { noteUnproved() }
      return
    }
    if context.labelIndexSum != 0, context.hasLabelIndices {
      faults.append(
        BlockFault(
          .offsetTable, file: context.file, offset: contents.map { UInt64($0.range(of: .labelIndices).lowerBound) },
          "the label indices do not have the values that the postings offset table has"))
    }
    var left = context.labels.differences
    // A missing list of all series has been reported.
    if !context.hasListOfAll { left[context.labels.cell(of: LabelLedger.all)] = nil }
    guard !left.isEmpty else { return }
    let cells = left.keys.sorted()
    // More than these would be counted, not shown.
    let shown = Set(cells.prefix(2 * FaultList.kept))
    let rows = try await rows(in: shown, read: read)
    let unlisted = try await labels(in: shown.subtracting(rows.keys), read: read)
    for cell in cells {
      if let label = unlisted[cell] {
        find(nil, entryAt: label.entry, "its label \(label.text) has no postings list")
      } else {
        explain(left[cell] ?? 0, rows[cell] ?? [])
      }
    }
  }

  private mutating func noteUnproved() {
    faults.append(
      BlockFault(
        .postingsUnproved, file: context.file,
        "more symbols or labels than are kept in memory: whether the postings lists are complete was not checked"))
  }

  /// A row of the postings offset table whose list may be wrong.
  private struct Suspect {
    let label: UInt64
    /// Of the list.
    let offset: UInt64
    let text: String
  }

  /// The rows of labels that share these sums.
  private func rows(in cells: Set<Int>, read: Read) async throws -> [Int: [Suspect]] {
    var found: [Int: [Suspect]] = [:]
    guard let section = contents?.range(of: .postingsTable) else { return found }
    // Behind length and number, up to the checksum.
    var offset = UInt64(section.lowerBound) + 8
    let end = UInt64(max(section.lowerBound + 8, section.upperBound - 4))
    var window: UInt64 = 1 << 20
    while offset < end {
      let bytes = try await read(offset..<min(end, offset + window))
      let used = collect(bytes, cells, &found)
      // A row that is longer than the window, or the end.
      if used == 0 {
        if window > 64 << 20 || offset + UInt64(bytes.count) >= end { break }
        window *= 4
      }
      offset += UInt64(used)
    }
    return found
  }

  private func collect(_ bytes: [UInt8], _ cells: Set<Int>, _ found: inout [Int: [Suspect]]) -> Int {
    var reader = ByteReader(bytes.rawBytes)
    var used = 0
    while !reader.isAtEnd, let row = try? PostingsRow(from: &reader) {
      used = reader.position
      let label = LabelHash.pair(LabelHash.of(row.name), LabelHash.of(row.value))
      let cell = context.labels.cell(of: label)
      guard cells.contains(cell) else { continue }
      let text = row.name.byteCount == 0 ? "{}" : "{\(SeriesText.text(row.name, row.value))}"
      found[cell, default: []].append(Suspect(label: label, offset: row.offset, text: text))
    }
    return used
  }

  /// A label of each of these sums, and the first series that has it: found by going through the series once more.
  private func labels(in cells: Set<Int>, read: Read) async throws -> [Int: (entry: UInt64, text: String)] {
    var first: [Int: (entry: UInt64, label: LabelReference)] = [:]
    var walk = SeriesWalk(self)
    while first.count < cells.count, !walk.isAtEnd {
      walk.take(try await read(walk.range)) { entry in
        for label in entry.labels {
          let (name, value) = (context.symbols.hash(of: label.name), context.symbols.hash(of: label.value))
          guard let name, let value else { continue }
          let cell = context.labels.cell(of: LabelHash.pair(name, value))
          if cells.contains(cell), first[cell] == nil { first[cell] = (entry.offset, label) }
        }
      }
    }
    let texts = try await symbols(Set(first.values.flatMap { [$0.label.name, $0.label.value] }), read: read)
    return first.mapValues { found in
      let (name, value) = (texts[found.label.name] ?? [], texts[found.label.value] ?? [])
      return (found.entry, SeriesText.text([(name, value)]))
    }
  }

  /// Finds words for what is left over in a cell.
  private mutating func explain(_ rest: UInt64, _ suspects: [Suspect]) {
    for suspect in suspects {
      let name = suspect.text == "{}" ? "the list of all series" : "the postings list of \(suspect.text)"
      if let reference = LabelLedger.lacking(rest, suspect.label, in: series) {
        return find(suspect.offset, entryAt: entry(of: reference), "\(name) lacks this series")
      }
      if let reference = LabelLedger.surplus(rest, suspect.label, in: series) {
        return find(
          suspect.offset, entryAt: entry(of: reference), "\(name) has this series, which has no such label")
      }
    }
    guard let first = suspects.first else {
      return find(nil, entryAt: nil, "a label of some series has no postings list")
    }
    let texts = suspects.prefix(3).map(\.text).joined(separator: " or ")
    find(first.offset, entryAt: nil, "the postings list of \(texts) has other series than those with the label")
  }

  /// Where the entry of a series begins.
  private func entry(of reference: UInt64) -> UInt64 { context.isVersion1 ? reference : reference &* 16 }

  private mutating func find(_ offset: UInt64?, entryAt entry: UInt64?, _ message: String) {
    faults.append(
      BlockFault(.postingsIncomplete, file: context.file, offset: offset, seriesEntry: entry, message))
  }
}

extension IndexContext {
  /// Whether this is an index of the time when label indices were written.
  fileprivate var hasLabelIndices: Bool { !labelIndices.isEmpty }
}
