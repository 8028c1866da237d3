import Inspection
public import Console
import Quantities
import TSDB
import Thanos

extension CapacityPlan {
  public static let schema = "blockhaul.inspect.plan/1"

  /// What is printed: today, the shares of downsampled data, the bucket by month, store gateway, compactor and bill.
  /// - Parameters:
  ///   - limit: rows of the lists of blocks and jobs; `nil` for all.
  ///   - order: puts the label sets in another order than by their bytes a day.
  /// - Throws: what `order` throws.
  public func document(limit: Int?, order: (Table) throws -> Table = { $0 }) rethrows -> Document {
    var today = try order(todayTable)
    if usages.count > 1 { today.append(totalRow) }
    var sections = [
      Document.Section("source", "Source", sourceTable, isRecord: true, notes: sourceNotes),
      Document.Section("today", "Today, by label set", today, notes: todayNotes),
      Document.Section("shares", "Downsampled bytes for each raw byte", shareTable),
      Document.Section("projection", "Bucket at the end of each month", projectionTable, notes: projectionNotes),
      Document.Section("store_gateway", "Store gateway", gatewayTable, isRecord: true, notes: gatewayNotes),
      listed("index_headers", "Index-headers", headerTable, limit),
      Document.Section("compactor", "Compactor", compactorTable, isRecord: true, notes: compactorNotes),
      listed("due", "Compactions that are due", dueTable(compactor.due), limit),
      listed("limited", "Blocks that stay as they are", limitedTable, limit),
    ]
    if !input.leftOut.isEmpty { sections.append(listed("left_out", "Blocks that were left out", leftOutTable, limit)) }
    if prices != nil {
      sections.append(Document.Section("bill", "Bill of a month", billTable, notes: billNotes))
      sections.append(Document.Section("bills", "Bill by month", billsTable))
    }
    return Document(schema: Self.schema, sections)
  }

  private func listed(_ key: String, _ title: String, _ table: Table, _ limit: Int?) -> Document.Section {
    let shown = table.limited(to: limit)
    let notes = shown.rows.count < table.rows.count ? ["\(shown.rows.count) of \(Cell.grouped(Int64(table.rows.count)))"] : []
    return Document.Section(key, title, shown, notes: notes)
  }

  // MARK: Source

  private var sourceTable: Table {
    var table = Table([
      Table.Column("As of", key: "as_of"), Table.Column("Blocks", key: "blocks"),
      Table.Column("Left out", key: "left_out_blocks"), Table.Column("Bytes", key: "size_bytes"),
      Table.Column("Bandwidth (bytes a second)", key: "bandwidth_bytes_per_second"),
      Table.Column("Time to upload", key: "upload_seconds"),
    ])
    table.append([
      .time(now), .count(input.blocks.count), .count(input.leftOut.count), .bytes(input.bytes),
      policy.bandwidth.map { .bytes($0) } ?? .empty, uploadTime.map { .duration($0) } ?? .empty,
    ])
    return table
  }

  private var sourceNotes: [String] {
    guard !leaving.isEmpty else { return [] }
    let bytes = leaving.reduce(0) { PlanInput.sum($0, $1.sizes.total) }
    return [
      "\(leaving.count) block\(leaving.count == 1 ? "" : "s") of \(ByteSize.text(bytes)) marked for deletion or compacted"
        + " into others: in today's size, and nowhere else"
    ]
  }

  private var leftOutTable: Table {
    var table = Table([Table.Column("ULID", key: "ulid"), Table.Column("REASON", key: "reason")])
    for block in input.leftOut { table.append([.text(block.ulid.description), .text(block.reason)]) }
    return table
  }

  // MARK: Shares

  private var shareTable: Table {
    var table = Table([
      Table.Column("LABELS", key: "labels"), Table.Column("RESOLUTION", key: "resolution"),
      Table.Column("RATIO", key: "ratio", .right), Table.Column("ESTIMATE", key: "is_estimate"),
      Table.Column("BASIS", key: "basis"),
    ])
    guard policy.downsamples else { return table }
    for stream in streams {
      for share in [stream.fiveMinutes, stream.oneHour] {
        table.append([
          .text("\(stream.usage.labels)"), .text(share.resolution == .fiveMinutes ? "5m" : "1h"),
          .decimal(share.ratio, places: 3), .boolean(share.isEstimate), .text(share.basis),
        ])
      }
    }
    return table
  }

  // MARK: Projection

  private var projectionTable: Table {
    var table = Table([
      Table.Column("MONTH", key: "month", .right), Table.Column("UNTIL", key: "until"),
      Table.Column("RAW", key: "raw_bytes", .right), Table.Column("OBJECTS", key: "raw_objects", .right),
      Table.Column("5M", key: "5m_bytes", .right), Table.Column("OBJECTS", key: "5m_objects", .right),
      Table.Column("1H", key: "1h_bytes", .right), Table.Column("OBJECTS", key: "1h_objects", .right),
      Table.Column("TOTAL", key: "total_bytes", .right), Table.Column("LOW", key: "total_low_bytes", .right),
      Table.Column("HIGH", key: "total_high_bytes", .right), Table.Column("OBJECTS", key: "total_objects", .right),
      Table.Column("ESTIMATE", key: "is_estimate"),
    ])
    for month in projection.months {
      var cells: [Cell] = [.count(month.number), .time(month.time)]
      for resolution in Projection.resolutions {
        cells += [.bytes(rounding: month[resolution].bytes), .count(rounding: month[resolution].objects)]
      }
      table.append(
        cells + [
          .bytes(rounding: month.bytes), month.bounds.map { .bytes(rounding: $0.lowerBound) } ?? .empty,
          month.bounds.map { .bytes(rounding: $0.upperBound) } ?? .empty, .count(rounding: month.objects),
          .boolean(month.number > 0),
        ])
    }
    return table
  }

  private var projectionNotes: [String] {
    let growth = policy.growth.map { "growth as given, \(Decimals.text($0 * 100, places: 2)) % from month to month" }
      ?? "growth as the blocks show it, in a straight line; LOW and HIGH by the bounds of its slope (95 %)"
    func kept(_ resolution: Resolution) -> String {
      policy.retention.days(resolution).map {
        PrometheusDuration.text(.milliseconds(Int64($0 * PlanTime.day)))
      } ?? "for ever"
    }
    return [
      "Retention: raw \(kept(.raw)), 5m \(kept(.fiveMinutes)), 1h \(kept(.oneHour)); \(growth).",
      "A month is 730 hours. What is to come is reckoned in blocks of 14 d; what is not compacted yet comes on top.",
    ]
  }

  // MARK: Store gateway

  private var gatewayTable: Table {
    var table = Table([
      Table.Column("Blocks", key: "blocks"), Table.Column("Index-headers", key: "index_header_bytes"),
      Table.Column("Indexes that could not be read", key: "unread_blocks"),
    ])
    table.append([.count(headers.sizes.count), .bytes(headers.sum), .count(headers.failures.count)])
    return table
  }

  private var gatewayNotes: [String] {
    headers.failures.prefix(3).map { "\($0.ulid): \($0.reason)" }
      + (headers.failures.count > 3 ? ["and \(headers.failures.count - 3) more"] : [])
  }

  private var headerTable: Table {
    var table = Table([
      Table.Column("ULID", key: "ulid"), Table.Column("INDEX", key: "index_bytes", .right),
      Table.Column("INDEX-HEADER", key: "index_header_bytes", .right),
    ])
    let rows = input.blocks.compactMap { block in headers.sizes[block.description.ulid].map { (block, $0) } }
    for (block, size) in rows.sorted(by: { ($1.1, $0.0.description.ulid) < ($0.1, $1.0.description.ulid) }) {
      table.append([.text(block.description.ulid.description), .bytes(block.sizes.index), .bytes(size)])
    }
    return table
  }
}

extension Cell {
  /// Bytes out of a forecast; what does not fit is the largest that does.
  static func bytes(rounding value: Double) -> Cell {
    .bytes(value.isFinite && value > 0 ? UInt64(exactly: value.rounded()) ?? .max : 0)
  }

  /// A count out of a forecast.
  static func count(rounding value: Double) -> Cell {
    .integer(value.isFinite ? Int64(exactly: value.rounded()) ?? .max : 0)
  }
}
