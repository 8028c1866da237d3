import Quantities
import TSDB
public import Thanos

/// Which blocks of a source are rows: by name, time, labels, resolution and compaction level. All conditions have to hold.
public struct RowSelection: Sendable, Equatable {
  public var blocks: BlockSelection
  /// Empty for all.
  public var resolutions: Set<Resolution>
  /// Compaction levels; empty for all.
  public var levels: Set<Int64>

  public init(_ blocks: BlockSelection = .all, resolutions: Set<Resolution> = [], levels: Set<Int64> = []) {
    self.blocks = blocks
    self.resolutions = resolutions
    self.levels = levels
  }

  public static let all = RowSelection()

  /// Whether something is asked that only a meta.json can answer. Blocks without a readable one are left out then.
  public var asksForDescription: Bool {
    blocks.minTime != nil || blocks.maxTime != nil || blocks.selector != .all || !resolutions.isEmpty || !levels.isEmpty
  }

  func contains(_ row: BlockRow) -> Bool {
    guard blocks.exclusion(of: row.ulid) == nil else { return false }
    guard let description = row.description else { return !asksForDescription }
    return blocks.exclusion(of: description.meta, labels: description.labels) == nil
      && (resolutions.isEmpty || resolutions.contains(description.resolution))
      && (levels.isEmpty || levels.contains(description.meta.compaction.level))
  }
}

extension Resolution {
  /// As people write it: `raw`, `5m`, `1h`.
  public init?(name: String) {
    switch name {
    case "raw", "0s", "0": self = .raw
    case "5m": self = .fiveMinutes
    case "1h": self = .oneHour
    default: return nil
    }
  }

  /// As people write it: `raw`, `5m`, `1h`, and others as Go writes a duration.
  public var name: String {
    switch self {
    case .raw: "raw"
    case .fiveMinutes: "5m"
    case .oneHour: "1h"
    default: GoDuration.text(milliseconds: milliseconds)
    }
  }
}
