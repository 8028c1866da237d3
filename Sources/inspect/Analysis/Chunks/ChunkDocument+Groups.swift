import Console

extension ChunkAnalysis {
  /// Rows that are put in order at a time.
  private static let batch = 4096

  private var groupColumns: Table {
    Table(
      question.labels.map { Table.Column($0, key: "label_\($0)") } + [
        Table.Column("SERIES", key: "series", .right), Table.Column("CHUNKS", key: "chunks", .right),
        Table.Column("SAMPLES", key: "samples", .right), Table.Column("BYTES", key: "chunks_bytes", .right),
        Table.Column("SHARE", key: "share", .right), Table.Column("BYTES/SAMPLE", key: "bytes_per_sample", .right),
        Table.Column("INDEX ENTRIES", key: "series_entries_bytes", .right),
        Table.Column("INTERVAL", key: "interval_seconds", .right),
        Table.Column("OF ALL", key: "interval_share", .right),
      ])
  }

  private func cells(_ group: SeriesGroup) -> [Cell] {
    let isRead = !question.readsIndexOnly
    return group.values.map { .text($0) } + [
      .count(group.series), .count(group.chunks), isRead ? .count(group.samples) : .empty, .bytes(group.bytes),
      Self.ratio(group.bytes, bytes, places: 3), isRead ? Self.ratio(group.bytes, group.samples, places: 2) : .empty,
      .bytes(group.entryBytes), Self.cell(group.interval), Self.share(group.interval),
    ]
  }

  /// The groups with the most bytes.
  func groupSection(_ limit: Int?) -> Document.Section {
    var shown = groupColumns
    for group in groups.prefix(limit ?? groups.count) { shown.append(cells(group)) }
    return groupSection(shown)
  }

  /// The first groups in an order. Of the others no more than a batch is ever made: there may be very many.
  func groupSection(_ limit: Int?, _ order: (Table) throws -> Table) rethrows -> Document.Section {
    let batch = max(Self.batch, limit ?? groups.count)
    var shown = try order(groupColumns)
    for start in stride(from: 0, to: groups.count, by: batch) {
      for group in groups[start..<min(groups.count, start + batch)] { shown.append(cells(group)) }
      // The first ones so far are in front, in the order in which equal ones stay.
      shown = try order(shown).limited(to: limit)
    }
    return groupSection(shown)
  }

  private func groupSection(_ shown: Table) -> Document.Section {
    var notes: [String] = []
    if shown.rows.count < groups.count { notes.append("\(shown.rows.count) of \(Cell.grouped(Int64(groups.count)))") }
    if groups.others != nil {
      notes.append("these are the groups with the most bytes: all others are put together below")
    }
    return Document.Section("groups", "Bytes by \(question.labels.joined(separator: ", "))", shown, notes: notes)
  }

  func othersSection(_ others: GroupList.Others) -> Document.Section {
    var table = Table([
      Table.Column("Series", key: "series"), Table.Column("Chunks", key: "chunks"),
      Table.Column("Samples", key: "samples"), Table.Column("Bytes", key: "chunks_bytes"),
      Table.Column("Share", key: "share"), Table.Column("Bytes a sample", key: "bytes_per_sample"),
      Table.Column("Index entries", key: "series_entries_bytes"),
      Table.Column("Bytes of each at most", key: "most_chunks_bytes"),
    ])
    let isRead = !question.readsIndexOnly
    table.append([
      .count(others.series), .count(others.chunks), isRead ? .count(others.samples) : .empty, .bytes(others.bytes),
      Self.ratio(others.bytes, bytes, places: 3), isRead ? Self.ratio(others.bytes, others.samples, places: 2) : .empty,
      .bytes(others.entryBytes), .bytes(others.bound),
    ])
    return Document.Section(
      "other_groups", "All other groups", table, isRecord: true,
      notes: ["too many to be told apart in little memory; none of them has more bytes than the last line says"])
  }
}
