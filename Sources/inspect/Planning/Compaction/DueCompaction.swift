public import Thanos

/// A job that the compactor has before it.
public struct DueCompaction: Sendable {
  public enum Kind: String, Sendable {
    case compaction
    /// Of blocks that overlap: needs `--compact.enable-vertical-compaction`, without which the compactor halts.
    case vertical
    case downsampling
  }

  public let kind: Kind
  public let labels: ExternalLabels
  /// Of the blocks it reads.
  public let resolution: Resolution
  /// Ms since 1970, of the result.
  public let minTime: Int64
  public let maxTime: Int64
  /// Blocks it reads.
  public let blocks: Int
  /// Bytes that it downloads.
  public let input: Double
  /// Bytes that it writes beside them.
  public let output: Double

  /// Both lie on the disk until the upload is done.
  public var scratch: Double { input + output }
}
