import Inspection
import Quantities
import TSDB
public import Thanos

/// A block that the compactor will leave as it is in one way or another.
public struct LimitedBlock: Sendable {
  public let block: BlockDescription
  /// What will never happen: `compact`, `downsample`, `compact and downsample`.
  public let never: String
  public let reason: String
}

/// What the compactor will never do.
enum CompactionLimits {
  /// Of one index; references count in 16 bytes with 32 bits. Bytes.
  static let indexLimit: Double = 64 * 1_073_741_824
  /// Thanos leaves a compaction's largest block out, for good, when all its indexes together come to this share of it.
  static let indexShare = 0.85

  /// Why a block stays as it is; `nil` for one that nothing stands in the way of.
  static func limitation(of block: StoredBlock, downsamples: Bool) -> LimitedBlock? {
    let compact = hindrances(of: block)
    var downsample: [String] = []
    if downsamples, block.resolution < .oneHour {
      if let reason = block.markers[.noDownsample] { downsample.append(words("no-downsample-mark.json", reason)) }
      let target = block.resolution < .fiveMinutes ? Resolution.fiveMinutes : .oneHour
      if isShort(block, for: target), !compact.isEmpty {
        downsample.append("it is shorter than \(target == .fiveMinutes ? "40 h" : "10 d") and will not grow")
      }
    }
    let reasons = compact + downsample
    guard !reasons.isEmpty else { return nil }
    let never = [compact.isEmpty ? nil : "compact", downsample.isEmpty ? nil : "downsample"].compactMap { $0 }
    return LimitedBlock(
      block: block.description, never: never.joined(separator: " and "), reason: reasons.joined(separator: "; "))
  }

  /// Why a block that no compaction takes stays as it is; `nil` where others may still come to its window of 14 days, where
  /// it is long enough all the same, and where something else stands in its way.
  /// - Parameters:
  ///   - hasCompany: whether others lie in its window.
  ///   - hasEnded: whether no more blocks of its label set are expected.
  ///   - now: the plan's time, ms since 1970.
  static func loneliness(of block: StoredBlock, hasCompany: Bool, hasEnded: Bool, now: Int64) -> LimitedBlock? {
    guard block.resolution < .oneHour, hindrances(of: block).isEmpty else { return nil }
    let target = block.resolution < .fiveMinutes ? Resolution.fiveMinutes : .oneHour
    let isOver = BlockRanges.longestWindow(of: block.minTime) < BlockRanges.longestWindow(of: now)
    guard isShort(block, for: target), hasEnded || isOver && !hasCompany else { return nil }
    return LimitedBlock(
      block: block.description, never: "compact and downsample",
      reason: "it is shorter than \(target == .fiveMinutes ? "40 h" : "10 d"), and no other block is left to be compacted with")
  }

  /// What keeps a block from ever being compacted with others.
  private static func hindrances(of block: StoredBlock) -> [String] {
    var found: [String] = []
    if let reason = block.markers[.noCompact] { found.append(words("no-compact-mark.json", reason)) }
    if block.description.meta.compaction.failed { found.append("its meta.json says that a compaction of it failed") }
    if Double(block.sizes.index) >= indexLimit * indexShare {
      found.append(
        "its index of \(ByteSize.text(block.sizes.index)) leaves no room below Thanos' limit of 64 GiB for any other")
    }
    if let limitation = BlockRanges.limitation(of: block.description.meta, resolution: block.resolution) {
      found.append(limitation)
    }
    return found
  }

  private static func words(_ file: String, _ reason: String) -> String {
    reason.isEmpty ? "\(file) lies beside it" : "\(file) lies beside it: \(reason)"
  }

  /// Whether a block is too short to be downsampled and will never be compacted into one that is long enough.
  static func isTooShortForEver(_ block: StoredBlock, for target: Resolution) -> Bool {
    isShort(block, for: target) && !hindrances(of: block).isEmpty
  }

  private static func isShort(_ block: StoredBlock, for target: Resolution) -> Bool {
    block.maxTime - block.minTime < (target == .fiveMinutes ? BlockRanges.fiveMinutesFrom : BlockRanges.oneHourFrom)
  }
}
