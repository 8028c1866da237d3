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

  fileprivate func contains(_ description: BlockDescription) -> Bool {
    blocks.exclusion(of: description.meta, labels: description.labels) == nil
      && (resolutions.isEmpty || resolutions.contains(description.resolution))
      && (levels.isEmpty || levels.contains(description.meta.compaction.level))
  }
}

/// The rows that a selection takes, and those that it cannot judge.
public struct SelectedRows: Sendable {
  public let rows: [BlockRow]
  /// Blocks without a readable meta.json where something is asked that only meta.json knows: they are left out.
  public let undescribed: [BlockRow]

  init(_ all: [BlockRow], _ selection: RowSelection) {
    let named = selection == .all ? all : all.filter { selection.blocks.exclusion(of: $0.ulid) == nil }
    guard selection.asksForDescription else {
      (rows, undescribed) = (named, [])
      return
    }
    rows = named.filter { $0.description.map(selection.contains) ?? false }
    undescribed = named.filter { $0.description == nil }
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
