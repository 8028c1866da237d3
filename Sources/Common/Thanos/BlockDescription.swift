public import TSDB

/// A block's meta.json with its `thanos` section read: what plans, overlaps and tables go by.
public struct BlockDescription: Sendable {
  public let meta: BlockMeta
  /// `nil` for a block that Thanos has never seen.
  public let thanos: ThanosSection?

  /// - Throws: `TSDBError` as `BlockMeta` and `ThanosSection` do.
  public init(_ meta: BlockMeta, file: String) throws(TSDBError) {
    self.meta = meta
    thanos = try ThanosSection(of: meta, file: file)
  }

  private init(meta: BlockMeta, thanos: ThanosSection?) { (self.meta, self.thanos) = (meta, thanos) }

  /// The same without what meta.json says beyond this: small enough to have ten thousand of.
  public var withoutDocument: BlockDescription { BlockDescription(meta: meta.withoutDocument, thanos: thanos) }

  public var ulid: ULID { meta.ulid }
  public var labels: ExternalLabels { thanos?.labels ?? .none }
  public var resolution: Resolution { thanos?.resolution ?? .raw }

  /// The group whose blocks Thanos compacts with each other.
  public var blockSet: BlockSet { BlockSet(labels: labels, resolution: resolution) }
}

/// Blocks of the same external labels and resolution. Only within one of these does an overlap mean anything (thanos#3753).
public struct BlockSet: Hashable, Sendable {
  public let labels: ExternalLabels
  public let resolution: Resolution

  public init(labels: ExternalLabels, resolution: Resolution) {
    self.labels = labels
    self.resolution = resolution
  }
}
