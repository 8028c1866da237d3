import Quantities
public import TSDB

/// Which blocks a command is about: by name, by time and by external labels. All given conditions have to hold.
public struct BlockSelection: Sendable, Equatable {
  /// Empty for all.
  public var ids: Set<ULID>
  /// Milliseconds since 1970, inclusive; blocks that have any time in the range are meant. `nil` for no limit.
  public var minTime: Int64?
  public var maxTime: Int64?
  public var selector: LabelSelector

  public init(ids: Set<ULID> = [], minTime: Int64? = nil, maxTime: Int64? = nil, selector: LabelSelector = .all) {
    self.ids = ids
    self.minTime = minTime
    self.maxTime = maxTime
    self.selector = selector
  }

  public static let all = BlockSelection()

  /// Why a block is not meant, in words.
  public enum Exclusion: Error, Equatable, Sendable {
    /// By its name or its labels.
    case notSelected(String)
    case outsideTimeRange(String)
  }

  /// - Returns: `nil` for a block that is meant.
  public func exclusion(of ulid: ULID) -> Exclusion? {
    ids.isEmpty || ids.contains(ulid) ? nil : .notSelected("not among the blocks given with --id")
  }

  /// - Parameter labels: the block's external labels.
  /// - Returns: `nil` for a block that is meant.
  public func exclusion(of meta: BlockMeta, labels: ExternalLabels) -> Exclusion? {
    if let exclusion = exclusion(of: meta.ulid) { return exclusion }
    guard selector.matches(labels) else { return .notSelected("its labels \(labels) do not match \(selector)") }
    // A block of a single moment, with both times the same, has that moment all the same.
    if let minTime, meta.maxTime < minTime || (meta.maxTime == minTime && meta.minTime < meta.maxTime) {
      return .outsideTimeRange("it ends at \(Timestamp.text(meta.maxTime)), before \(Timestamp.text(minTime))")
    }
    if let maxTime, meta.minTime > maxTime {
      return .outsideTimeRange("it begins at \(Timestamp.text(meta.minTime)), after \(Timestamp.text(maxTime))")
    }
    return nil
  }
}
