import ObjectStore
public import Thanos

/// What is verified, how deep, and at what cost.
public struct VerificationOptions: Sendable {
  public var level = VerificationLevel.checksum
  public var selection = BlockSelection.all
  /// Whether objects are downloaded where nothing cheaper proves their content.
  public var downloads = true
  /// Objects (and as far as that allows, blocks) that are looked at at a time; at least 1.
  public var concurrency = Traffic().requests
  /// Whether the SHA-256 of everything that is read is wanted, also where there is none to hold it against.
  public var wantsHashes = false
  /// Whether the bucket is looked at as a whole; `nil` for: if all of it is in view.
  public var checksBucket: Bool?
  /// How long Thanos' compactor leaves alone what is marked for deletion, ms: its `--delete-delay`.
  public var deleteDelay: Int64 = 48 * 3_600_000
  /// What interrupted repairs took away.
  public var kept = KeptMetas.none
  /// Of the block in hand, for the display.
  var meter: ReadMeter?

  public init() {}

  public init(level: VerificationLevel) { self.level = level }

  func metered(by meter: ReadMeter) -> VerificationOptions {
    var options = self
    options.meter = meter
    return options
  }
}

/// How many blocks, and how many objects of each, are in hand at a time.
struct VerificationWidth: Sendable {
  let blocks: Int
  let objects: Int

  /// - Parameter count: of blocks.
  init(_ options: VerificationOptions, blocks count: Int) {
    let concurrency = max(1, options.concurrency)
    // Half of it goes to blocks, so that one block's last object does not keep the line waiting; few blocks get more
    // objects each.
    let greatest = options.level >= .index ? min(2, concurrency) : (concurrency + 1) / 2
    blocks = max(1, min(greatest, count))
    objects = max(1, concurrency / blocks)
  }
}
