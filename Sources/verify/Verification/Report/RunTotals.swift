public import Console

/// What a run found, in numbers. Grows with the kinds of findings, and not with the blocks.
public struct RunTotals: Sendable {
  /// How often something was found, and in how many blocks.
  struct Count: Equatable, Sendable {
    var occurrences = 0
    var blocks = 0
  }

  private(set) var blocks: [BlockReport.State: Int] = [:]
  private(set) var findings: [Finding.ID: Count] = [:]
  /// Files and objects that could not be looked at, of blocks and of the bucket as a whole.
  private(set) var unfinished = 0
  /// Bytes of the blocks' files.
  private(set) var size: UInt64 = 0
  /// Bytes that were read for it, from disk and bucket together.
  private(set) var bytesRead: UInt64 = 0
  /// Chunks whose CRC-32C was computed.
  private(set) var chunks: UInt64 = 0

  public init() {}

  var blocksChecked: Int { blocks.values.reduce(0, +) }
  /// Each occurrence counted.
  var findingCount: Int { findings.values.reduce(0) { $0 + $1.occurrences } }

  mutating func add(_ report: BlockReport) {
    blocks[report.state, default: 0] += 1
    unfinished += report.unfinished.count
    size &+= report.size
    bytesRead &+= report.bytesRead
    chunks &+= report.chunksChecked
    count(report.findings)
    for id in Set(report.findings.map(\.id)) { findings[id]?.blocks += 1 }
  }

  mutating func add(_ report: BucketReport) {
    unfinished += report.unfinished.count
    count(report.findings)
    for (id, findings) in Dictionary(grouping: report.findings, by: \.id) {
      self.findings[id]?.blocks += Set(findings.compactMap(\.block)).count
    }
  }

  private mutating func count(_ findings: [Finding]) {
    for finding in findings { self.findings[finding.id, default: Count()].occurrences += finding.occurrences }
  }

  /// What the run says of the blocks, unless it could not look at all that it was to look at.
  public var status: ExitStatus {
    if unfinished > 0 { return .unfinished }
    return findings.keys.contains { $0.severity > .note } ? .findings : .good
  }
}

extension BlockReport {
  /// Bytes of the block's files.
  var size: UInt64 { files.reduce(0) { $0 &+ $1.size } }
}
