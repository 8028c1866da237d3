/// What was found of the bucket as a whole, rather than in one of its blocks: overlaps, gaps, partial uploads.
public struct BucketReport: Sendable {
  public var findings: [Finding]
  /// What could not be looked at.
  public var unfinished: [Unfinished]

  public init(findings: [Finding] = [], unfinished: [Unfinished] = []) {
    self.findings = findings
    self.unfinished = unfinished
  }

  public var isEmpty: Bool { findings.isEmpty && unfinished.isEmpty }

  /// The severity of the worst finding, `nil` for none.
  public var worst: Finding.Severity? { findings.map(\.severity).max() }
}
