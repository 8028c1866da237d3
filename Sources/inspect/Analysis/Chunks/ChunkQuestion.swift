public import Thanos

/// What is to be told of a block's chunks.
public struct ChunkQuestion: Sendable {
  /// Labels by whose values series are put together.
  public var labels: [String]
  /// Leaves out the series that do not match.
  public var selector: LabelSelector?
  /// Leaves out chunks without samples in this range, ms since 1970: by the times that the index has.
  public var times: ClosedRange<Int64>?
  /// Whether no segment is read: then the bytes of a chunk are those up to the next one of the index.
  public var readsIndexOnly: Bool
  /// Whether samples of the bytes are compressed.
  public var triesCompression: Bool

  /// Groups that are told apart at most, those with the most bytes, and how finely these are looked for.
  var groupLimit = SeriesGroups.usualLimit
  var classBits = 21

  public init(
    by labels: [String] = ["__name__"], matching selector: LabelSelector? = nil, in times: ClosedRange<Int64>? = nil,
    readsIndexOnly: Bool = false, triesCompression: Bool = false
  ) {
    (self.labels, self.selector, self.times) = (labels, selector, times)
    (self.readsIndexOnly, self.triesCompression) = (readsIndexOnly, triesCompression)
  }

  /// Whether chunks are left out. Then only the others are read.
  public var isAboutSome: Bool { selector != nil || times != nil }
}
