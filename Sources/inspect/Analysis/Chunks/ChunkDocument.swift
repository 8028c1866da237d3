public import Console
import TSDB
public import Thanos

extension ChunkAnalysis {
  public static let schema = "blockhaul.inspect.chunks/1"

  /// What is printed: figures, encodings, distributions, promtool's steps, groups, and what is damaged.
  /// - Parameter limit: rows of the groups; `nil` for all.
  public func document(of block: BlockDescription, limit: Int?) -> Document {
    document(block, groupSection(limit))
  }

  /// The same with the groups in another order than by their bytes.
  /// - Parameter order: leaves those that are equal as they were.
  /// - Throws: what `order` throws.
  public func document(
    of block: BlockDescription, limit: Int?, order: (Table) throws -> Table
  ) rethrows -> Document {
    document(block, try groupSection(limit, order))
  }

  private func document(_ block: BlockDescription, _ groupSection: Document.Section) -> Document {
    var sections = [figures(block)]
    if !question.readsIndexOnly {
      sections.append(Document.Section("encodings", "Encodings", encodingTable))
      if !aggregates.isEmpty { sections.append(Document.Section("aggregates", "Inside aggregates", aggregateTable)) }
      sections.append(distributionSection)
      sections.append(stepSection)
    }
    sections.append(groupSection)
    if let others = groups.others { sections.append(othersSection(others)) }
    if !compression.isEmpty { sections.append(compressionSection) }
    sections.append(damageSection)
    return Document(schema: Self.schema, sections)
  }

  private func figures(_ block: BlockDescription) -> Document.Section {
    var table = Table([
      Table.Column("Block ID", key: "ulid"), Table.Column("Duration", key: "duration_seconds"),
      Table.Column("Segments", key: "segments_bytes"), Table.Column("Series", key: "series"),
      Table.Column("Chunks", key: "chunks"), Table.Column("Bytes of chunks", key: "chunks_bytes"),
      Table.Column("Samples", key: "samples"), Table.Column("Samples a chunk", key: "samples_per_chunk"),
      Table.Column("Bytes a chunk", key: "bytes_per_chunk"), Table.Column("Bytes a sample", key: "bytes_per_sample"),
      Table.Column("Interval between samples", key: "interval_seconds"),
      Table.Column("Share of this interval", key: "interval_share"),
      Table.Column("Damaged chunks", key: "damaged_chunks"), Table.Column("Bytes of these", key: "damaged_bytes"),
      Table.Column("Missing chunks", key: "missing_chunks"), Table.Column("Damaged segments", key: "damaged_segments"),
      Table.Column("Chunks not in the index", key: "unowned_chunks"),
      Table.Column("Bytes of these", key: "unowned_bytes"),
      Table.Column("Chunks of several series", key: "shared_chunks"),
    ])
    let isRead = !question.readsIndexOnly
    let isAllRead = isRead && !question.isAboutSome
    let duration = block.meta.maxTime.subtractingReportingOverflow(block.meta.minTime)
    table.append([
      .text(block.ulid.description), .duration(duration.overflow ? .max : duration.partialValue), .bytes(segmentBytes),
      .count(series), .count(chunks), .bytes(bytes), isRead ? .count(samples) : .empty,
      isRead ? Self.ratio(samples, chunks, places: 1) : .empty, Self.ratio(bytes, chunks, places: 1),
      isRead ? Self.ratio(bytes, samples, places: 2) : .empty, Self.cell(interval), Self.share(interval),
      isRead ? .count(damage.chunks) : .empty, isRead ? .bytes(damage.bytes) : .empty, .count(damage.missing),
      isAllRead ? .count(damage.segments) : .empty, isAllRead ? .count(unowned) : .empty,
      isAllRead ? .bytes(unownedBytes) : .empty, .count(sharedChunks),
    ])
    var notes: [String] = []
    if !isRead {
      notes.append("told from the index alone: bytes up to the next chunk; no samples, no encodings, no damage")
    } else if !isAllRead {
      notes.append("only the chunks that were asked for are read: whether others are intact is not known")
    }
    return Document.Section("block", "Block", table, isRecord: true, notes: notes)
  }

  private var encodingTable: Table {
    var table = Table([
      Table.Column("ENCODING", key: "encoding"), Table.Column("CHUNKS", key: "chunks", .right),
      Table.Column("SAMPLES", key: "samples", .right), Table.Column("BYTES", key: "size_bytes", .right),
      Table.Column("SHARE", key: "share", .right), Table.Column("SAMPLES/CHUNK", key: "samples_per_chunk", .right),
      Table.Column("BYTES/SAMPLE", key: "bytes_per_sample", .right),
    ])
    for totals in encodings {
      table.append([
        .text("\(totals.encoding)"), .count(totals.chunks), .count(totals.samples), .bytes(totals.bytes),
        Self.ratio(totals.bytes, bytes, places: 3), Self.ratio(totals.samples, totals.chunks, places: 1),
        Self.ratio(totals.bytes, totals.samples, places: 2),
      ])
    }
    return table
  }

  private var aggregateTable: Table {
    var table = Table([
      Table.Column("AGGREGATE", key: "aggregate"), Table.Column("ENCODING", key: "encoding"),
      Table.Column("CHUNKS", key: "chunks", .right), Table.Column("SAMPLES", key: "samples", .right),
      Table.Column("BYTES", key: "size_bytes", .right), Table.Column("BYTES/SAMPLE", key: "bytes_per_sample", .right),
    ])
    for totals in aggregates {
      table.append([
        .text("\(totals.aggregate)"), .text("\(totals.encoding)"), .count(totals.chunks), .count(totals.samples),
        .bytes(totals.bytes), Self.ratio(totals.bytes, totals.samples, places: 2),
      ])
    }
    return table
  }

  // MARK: Cells

  static func ratio(_ part: UInt64, _ whole: UInt64, places: Int) -> Cell {
    whole == 0 ? .empty : .decimal(Double(part) / Double(whole), places: places)
  }

  static func cell(_ interval: ScrapeInterval?) -> Cell {
    interval.map { .duration(Int64($0.milliseconds)) } ?? .empty
  }

  static func share(_ interval: ScrapeInterval?) -> Cell {
    interval.map { .decimal($0.share, places: 3) } ?? .empty
  }
}
