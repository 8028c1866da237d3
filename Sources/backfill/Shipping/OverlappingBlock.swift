import Quantities
public import TSDB
import Thanos

/// A block that shares time with one of the plan, with what a person needs to tell which is which.
public struct OverlappingBlock: Equatable, Sendable, CustomStringConvertible {
  public let ulid: ULID
  /// ms since 1970, inclusive.
  public let minTime: Int64
  /// ms since 1970, exclusive.
  public let maxTime: Int64
  public let level: Int64
  /// `thanos.source` of a block of the bucket, `nil` for one of this run.
  public let source: String?
  /// Bytes of index and segments, `nil` where the bucket's meta.json does not list them.
  public let size: UInt64?

  /// A block of the bucket.
  init(_ block: BlockDescription) {
    let sizes = (block.thanos?.files ?? []).filter { $0.path != BlockMeta.fileName }.map(\.size)
    let isKnown = !sizes.isEmpty && sizes.allSatisfy { $0 != nil }
    self.init(
      block.meta, source: block.thanos?.source ?? "", size: isKnown ? sizes.reduce(0) { $0 &+ ($1 ?? 0) } : nil)
  }

  /// A block of this run.
  init(_ meta: BlockMeta, size: UInt64) { self.init(meta, source: nil, size: size) }

  private init(_ meta: BlockMeta, source: String?, size: UInt64?) {
    ulid = meta.ulid
    minTime = meta.minTime
    maxTime = meta.maxTime
    level = meta.compaction.level
    self.source = source
    self.size = size
  }

  public var description: String {
    let origin = source.map { "in the bucket, source \($0.isEmpty ? "unknown" : $0)" } ?? "of this run"
    let weight = size.map { ByteSize.text($0) } ?? "size unknown"
    return "\(ulid) (\(Timestamp.text(minTime)) to \(Timestamp.text(maxTime)), level \(level), \(origin), \(weight))"
  }
}
