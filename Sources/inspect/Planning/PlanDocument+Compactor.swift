import Console
import Inspection
import Quantities
import TSDB
import Thanos

extension CapacityPlan {
  var compactorTable: Table {
    var table = Table([
      Table.Column("Scratch disk", key: "scratch_bytes"), Table.Column("Estimate", key: "is_estimate"),
      Table.Column("Jobs due", key: "due_jobs"), Table.Column("Largest job due", key: "due_scratch_bytes"),
      Table.Column("Largest job to come", key: "coming_scratch_bytes"),
      Table.Column("Of labels", key: "coming_labels"),
    ])
    table.append([
      .bytes(rounding: compactor.scratch), .boolean(true), .count(compactor.due.count),
      compactor.due.first.map { .bytes(rounding: $0.scratch) } ?? .empty,
      compactor.coming.map { .bytes(rounding: $0.scratch) } ?? .empty,
      compactor.coming.map { .text("\($0.labels)") } ?? .empty,
    ])
    return table
  }

  var compactorNotes: [String] {
    var notes = [
      "A job's scratch is what it downloads (known for blocks that are there) and what it writes: at most as much when"
        + " compacting, the shares above when downsampling. With --compact.concurrency N it is needed N times."
    ]
    if compactor.coming != nil {
      notes.append("To come: 14 d of the largest label set's raw data, at the end of the plan.")
    }
    if compactor.due.contains(where: { $0.kind == .vertical }) {
      notes.append("Blocks overlap: the compactor halts unless it runs with --compact.enable-vertical-compaction.")
    }
    return notes
  }

  func dueTable(_ jobs: [DueCompaction]) -> Table {
    var table = Table([
      Table.Column("KIND", key: "kind"), Table.Column("LABELS", key: "labels"),
      Table.Column("RESOLUTION", key: "resolution", .right), Table.Column("FROM", key: "from"),
      Table.Column("UNTIL", key: "until"), Table.Column("RANGE", key: "range_seconds", .right),
      Table.Column("BLOCKS", key: "blocks", .right), Table.Column("INPUT", key: "input_bytes", .right),
      Table.Column("OUTPUT", key: "output_bytes", .right), Table.Column("SCRATCH", key: "scratch_bytes", .right),
    ])
    for job in jobs {
      table.append([
        .text(job.kind.rawValue), .text("\(job.labels)"), .text(job.resolution.name), .time(job.minTime),
        .time(job.maxTime), .duration(job.maxTime - job.minTime), .count(job.blocks), .bytes(rounding: job.input),
        .bytes(rounding: job.output), .bytes(rounding: job.scratch),
      ])
    }
    return table
  }

  var limitedTable: Table {
    var table = Table([
      Table.Column("ULID", key: "ulid"), Table.Column("LABELS", key: "labels"), Table.Column("FROM", key: "from"),
      Table.Column("UNTIL", key: "until"), Table.Column("NEVER", key: "never"), Table.Column("REASON", key: "reason"),
    ])
    for limited in compactor.limited {
      let block = limited.block
      table.append([
        .text(block.ulid.description), .text("\(block.labels)"), .time(block.meta.minTime), .time(block.meta.maxTime),
        .text(limited.never), .text(limited.reason),
      ])
    }
    return table
  }

  // MARK: Bill

  /// A month at today's size and the last one.
  var billTable: Table {
    var table = Table([
      Table.Column("MONTH", key: "month", .right), Table.Column("ITEM", key: "item"),
      Table.Column("QUANTITY", key: "quantity", .right), Table.Column("UNIT", key: "unit"),
      Table.Column("PRICE", key: "price", .right), Table.Column("AMOUNT", key: "amount", .right),
      Table.Column("CURRENCY", key: "currency"), Table.Column("ARITHMETIC", key: "arithmetic"),
      Table.Column("ESTIMATE", key: "is_estimate"), Table.Column("BASIS", key: "basis"),
    ])
    let shown = [bills.first, bills.count > 1 ? bills.last : nil].compactMap { $0 }
    for bill in shown {
      for line in bill.lines {
        table.append([
          .count(bill.month), .text(line.item), .decimal(line.quantity, places: 1), .text(line.unit),
          .decimal(line.price, places: 4), .decimal(line.amount, places: 2), .text(prices?.currency),
          .text(line.arithmetic), .boolean(line.isEstimate), line.basis.isEmpty ? .empty : .text(line.basis),
        ])
      }
    }
    return table
  }

  var billNotes: [String] { ["Month 0 is a month at today's size."] }

  var billsTable: Table {
    let items = bills.first?.lines.map(\.item) ?? []
    var table = Table(
      [Table.Column("MONTH", key: "month", .right)]
        + items.map { Table.Column($0.uppercased(), key: "\($0)_amount", .right) }
        + [Table.Column("TOTAL", key: "total_amount", .right), Table.Column("CURRENCY", key: "currency")])
    for bill in bills {
      table.append(
        [.count(bill.month)] + bill.lines.map { .decimal($0.amount, places: 2) }
          + [.decimal(bill.total, places: 2), .text(prices?.currency)])
    }
    return table
  }
}
