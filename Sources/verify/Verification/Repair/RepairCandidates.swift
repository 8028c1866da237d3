public import TSDB

/// Which blocks a verification found to need repair, and whether it found anything that no repair helps.
public struct RepairCandidates: Sendable {
  /// In the order of their reports.
  public private(set) var blocks: [ULID] = []
  /// Whether there are findings above a note that sending objects again does not remove.
  public private(set) var hasOthers = false

  /// Blocks that a budget left no time for: nothing is known of them.
  public private(set) var unseen: [ULID] = []

  static let repairable: Set<Finding.ID> = [
    .missingObject, .sizeMismatch, .contentMismatch, .hashMismatch, .metaMismatch, .partialUpload,
  ]

  public init() {}

  public mutating func add(_ report: BlockReport) {
    let findings = report.findings.filter { $0.severity > .note }
    guard !findings.isEmpty else { return }
    if findings.contains(where: { Self.repairable.contains($0.id) }) { blocks.append(report.ulid) }
    if findings.contains(where: { !Self.repairable.contains($0.id) }) { hasOthers = true }
  }

  mutating func leaveUnseen(_ blocks: [ULID]) { unseen = blocks }

  public mutating func add(_ report: BucketReport) {
    if report.findings.contains(where: { $0.severity > .note }) { hasOthers = true }
  }
}
