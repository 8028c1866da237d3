public import Delivery
public import Thanos

/// What a run of `backfill copy` is to take, and how.
public struct CopyOptions: Sendable {
  /// Which blocks of the source are meant.
  public var selection = BlockSelection.all
  /// Only blocks of these; empty for all.
  public var resolutions: Set<Resolution> = []
  /// Only blocks of these compaction levels; empty for all.
  public var levels: Set<Int64> = []

  /// How blocks are brought into the destination.
  public var delivery = DeliveryOptions()
  /// Where the state is kept that lets a run go on; `nil` for the standard place.
  public var stateFolder: String?
  /// A file that gets a JSON line for every block; `nil` for none.
  public var reportPath: String?

  public init() {}
}
