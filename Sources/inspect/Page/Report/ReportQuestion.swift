public import Analysis
public import Inspection
public import Planning

/// What a report is to tell of, and by what policy it plans.
public struct ReportQuestion: Sendable {
  /// Which blocks are rows and lie on the timeline. The plan is about all blocks of the source.
  public var selection: RowSelection
  /// Ms; shorter gaps between blocks are none.
  public var minimumGap: Int64
  public var policy: PlanPolicy
  public var prices: Prices?
  /// The block to look into: a ULID, or the path of its folder; `nil` for the largest raw one among those that end
  /// last.
  public var block: String?
  public var chunks: ChunkQuestion
  /// Rows of each list at most.
  public var limit: Int

  public init(
    selection: RowSelection = .all, minimumGap: Int64 = 300_000, policy: PlanPolicy = PlanPolicy(),
    prices: Prices? = nil, block: String? = nil, chunks: ChunkQuestion = ChunkQuestion(),
    limit: Int = IndexAnalysis.usualLimit
  ) {
    (self.selection, self.minimumGap, self.policy, self.prices) = (selection, minimumGap, policy, prices)
    (self.block, self.chunks, self.limit) = (block, chunks, limit)
  }
}
