public import Delivery
public import TSDB
public import Thanos

/// What a run of `backfill` is to take, to look at and to write.
public struct BackfillOptions: Sendable {
  /// Which blocks of the source are meant.
  public var selection = BlockSelection.all
  /// Whether blocks above level 1 go in too.
  public var uploadsCompacted = true
  /// Whether blocks go in that overlap others of the same labels and resolution.
  public var allowsOverlaps = false
  /// Whether a corrupt block is left out without making the run a failed one.
  public var skipsCorrupted = false
  /// How deep a block is looked into before it is sent.
  public var check = BlockCheck.Depth.index
  /// What meta.json is to hold of each file's content.
  public var hash = HashFunction.sha256
  /// The name, in the data folder, of the list of shipped blocks for a sidecar; `nil` to write none.
  public var shipperFileName: String?

  /// How blocks are brought into the bucket.
  public var delivery = DeliveryOptions()
  /// Where the state is kept that lets a run go on; `nil` for the standard place.
  public var stateFolder: String?
  /// A file that gets a JSON line for every block; `nil` for none.
  public var reportPath: String?
  /// Whether blocks that are rightly left out get a line there too.
  public var reportsSkipped = true
  /// What runs before this one have reported, where there are many of them: a block's line is added only if it is another
  /// than its last one.
  public var reported: ReportedLines?

  public init() {}
}
