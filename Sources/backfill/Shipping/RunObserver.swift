/// Follows a run while it goes on, for metrics for instance.
public protocol RunObserver: Sendable {
  /// Both sides have been read, and it is decided what is to happen with each block.
  func planned(_ plan: UploadPlan)

  /// It is known what became of a block. Called for every block of the plan, and again for one that another
  /// block turned out to be no replacement for.
  func finished(_ block: PlannedBlock, _ outcome: Backfill.Outcome)
}
