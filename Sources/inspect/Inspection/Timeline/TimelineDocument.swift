public import Console
import TSDB
import Thanos

/// Timelines as tables: what is covered, what is not, and what is twice.
public enum TimelineDocument {
  private static let time = [
    Table.Column("LABELS", key: "labels"), Table.Column("RESOLUTION", key: "resolution"),
    Table.Column("FROM", key: "from"), Table.Column("UNTIL", key: "until"),
    Table.Column("RANGE", key: "range_seconds", .right),
  ]

  /// - Parameters:
  ///   - shownULIDs: of each overlap, for people; programs get all.
  ///   - order: sorts and shortens a table, each of the three.
  public static func document(
    of timelines: [SetTimeline], shownULIDs: Int = .max, _ order: (Table) throws -> Table
  ) rethrows -> Document {
    Document(
      schema: "blockhaul.inspect.timeline/1",
      [
        Document.Section("spans", "Covered without a gap", try order(spans(timelines))),
        Document.Section("gaps", "Gaps", try order(gaps(timelines))),
        Document.Section("overlaps", "Overlaps", try order(overlaps(timelines, shownULIDs))),
      ])
  }

  private static func spans(_ timelines: [SetTimeline]) -> Table {
    var table = Table(
      time + [Table.Column("BLOCKS", key: "blocks", .right), Table.Column("SIZE", key: "size_bytes", .right)])
    for timeline in timelines {
      for stretch in timeline.stretches {
        table.append(
          cells(timeline.set, stretch.from, stretch.until) + [.count(stretch.blocks), .bytes(stretch.bytes)])
      }
    }
    return table
  }

  private static func gaps(_ timelines: [SetTimeline]) -> Table {
    var table = Table(time + [Table.Column("AFTER", key: "after"), Table.Column("BEFORE", key: "before")])
    for timeline in timelines {
      for gap in timeline.gaps {
        table.append(
          cells(timeline.set, gap.from, gap.until) + [.text(gap.after.description), .text(gap.before.description)])
      }
    }
    return table
  }

  private static func overlaps(_ timelines: [SetTimeline], _ shown: Int) -> Table {
    var table = Table(time + [Table.Column("BLOCKS", key: "blocks", .right), Table.Column("ULIDS", key: "ulids")])
    for timeline in timelines {
      for overlap in timeline.overlaps {
        let more = overlap.ulids.count - min(shown, overlap.ulids.count)
        let ulids =
          overlap.ulids.prefix(shown).map(\.description).joined(separator: ",") + (more > 0 ? " and \(more) more" : "")
        table.append(cells(timeline.set, overlap.from, overlap.until) + [.count(overlap.ulids.count), .text(ulids)])
      }
    }
    return table
  }

  private static func cells(_ set: BlockSet, _ from: Int64, _ until: Int64) -> [Cell] {
    [
      .text(BlockTable.labels(set.labels)), .text(set.resolution.name), .time(from), .time(until),
      .duration(Int64(clamping: SetTimeline.length(from, until))),
    ]
  }
}
