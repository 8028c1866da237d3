public import Thanos

/// What is to be told of a block's chunks.
public struct ChunkQuestion: Sendable {
  /// Labels by whose values series are put together.
  public var labels: [String]
  /// Leaves out the series that do not match.
  public var selector: LabelSelector?
  /// Whether no segment is read: then the bytes of a chunk are those up to the next one of the index.
  public var readsIndexOnly: Bool
  /// Whether samples of the bytes are compressed.
  public var triesCompression: Bool

  public init(
    by labels: [String] = ["__name__"], matching selector: LabelSelector? = nil, readsIndexOnly: Bool = false,
    triesCompression: Bool = false
  ) {
    (self.labels, self.selector) = (labels, selector)
    (self.readsIndexOnly, self.triesCompression) = (readsIndexOnly, triesCompression)
  }
}
