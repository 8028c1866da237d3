import BlockBytes
import TSDB

/// How many there are before and after, and how many of them came and went.
public struct Change: Equatable, Sendable {
  public internal(set) var before: UInt64 = 0
  public internal(set) var after: UInt64 = 0
  public internal(set) var came: UInt64 = 0
  public internal(set) var went: UInt64 = 0
}

/// Of a metric, a label or all: its series, and the bytes they take up.
public struct SeriesChange: Equatable, Sendable {
  public internal(set) var series = Change()
  /// Of series entries and chunks.
  public internal(set) var bytesBefore: UInt64 = 0
  public internal(set) var bytesAfter: UInt64 = 0

  public var growth: Int64 { Int64(clamping: bytesAfter) &- Int64(clamping: bytesBefore) }
}

/// Of a label: the series with it that came or went, and the bytes that these take up.
public struct Churn: Equatable, Sendable {
  public internal(set) var came: UInt64 = 0
  public internal(set) var went: UInt64 = 0
  /// Of series entries and chunks.
  public internal(set) var cameBytes: UInt64 = 0
  public internal(set) var wentBytes: UInt64 = 0

  public var series: UInt64 { came &+ went }

  mutating func add(_ other: Churn) {
    came &+= other.came
    went &+= other.went
    cameBytes &+= other.cameBytes
    wentBytes &+= other.wentBytes
  }
}

/// Sums up the series of two blocks while they pass by, side by side.
///
/// - Memory: some 50 bytes a metric, and a label pair of the series that came or went.
struct DiffTotals: Sendable {
  /// Of series without a name.
  static let noMetric = UInt32.max

  private(set) var all = SeriesChange()
  /// By place of the name among the symbols of both.
  private(set) var metrics: [UInt32: SeriesChange] = [:]
  /// By places; only series that came or went.
  private(set) var pairs: [LabelReference: Churn] = [:]
  private var before: ChunkSizes
  private var after: ChunkSizes
  private let metricName: UInt32?

  init(before: InspectedBlock, after: InspectedBlock, metricName: UInt32?) {
    (self.before, self.after) = (ChunkSizes(before), ChunkSizes(after))
    self.metricName = metricName
  }

  /// A series, or both halves of one.
  /// - Parameter labels: by places.
  mutating func add(_ labels: [LabelReference], before left: ChosenSeries?, after right: ChosenSeries?) {
    let metric = labels.first { $0.name == metricName }?.value ?? Self.noMetric
    let isChange = (left == nil) != (right == nil)
    let owner = ChunkSizes.Owner(metric: metric, changed: isChange ? labels : [])
    var bytes: (UInt64, UInt64) = (0, 0)
    if let left {
      bytes.0 = UInt64(clamping: left.byteCount)
      for chunk in left.chunks { add(before: before.next(chunk.reference, owner)) }
    }
    if let right {
      bytes.1 = UInt64(clamping: right.byteCount)
      for chunk in right.chunks { add(after: after.next(chunk.reference, owner)) }
    }
    metrics[metric, default: SeriesChange()].add(bytes, left != nil, right != nil)
    all.add(bytes, left != nil, right != nil)
    guard isChange else { return }
    let churn = Churn(came: left == nil ? 1 : 0, went: right == nil ? 1 : 0, cameBytes: bytes.1, wentBytes: bytes.0)
    for label in labels { pairs[label, default: Churn()].add(churn) }
  }

  private mutating func add(before sized: ChunkSizes.Sized?) {
    guard let sized else { return }
    metrics[sized.owner.metric, default: SeriesChange()].bytesBefore &+= sized.bytes
    all.bytesBefore &+= sized.bytes
    for label in sized.owner.changed { pairs[label, default: Churn()].wentBytes &+= sized.bytes }
  }

  private mutating func add(after sized: ChunkSizes.Sized?) {
    guard let sized else { return }
    metrics[sized.owner.metric, default: SeriesChange()].bytesAfter &+= sized.bytes
    all.bytesAfter &+= sized.bytes
    for label in sized.owner.changed { pairs[label, default: Churn()].cameBytes &+= sized.bytes }
  }

  /// To be called after the last series.
  mutating func finish() {
    add(before: before.finish())
    add(after: after.finish())
  }
}

extension Change {
  fileprivate mutating func add(_ isBefore: Bool, _ isAfter: Bool) {
    if isBefore { before &+= 1 }
    if isAfter { after &+= 1 }
    if isAfter, !isBefore { came &+= 1 }
    if isBefore, !isAfter { went &+= 1 }
  }
}

extension SeriesChange {
  fileprivate mutating func add(_ bytes: (UInt64, UInt64), _ isBefore: Bool, _ isAfter: Bool) {
    series.add(isBefore, isAfter)
    bytesBefore &+= bytes.0
    bytesAfter &+= bytes.1
  }
}

/// Bytes of chunks from where they lie: Prometheus writes them one after the other in the order of the index, so that
/// each ends where the next one begins. No chunk is read.
private struct ChunkSizes: Sendable {
  /// Whose chunk it is.
  struct Owner: Sendable {
    let metric: UInt32
    /// The labels of a series that came or went.
    let changed: [LabelReference]
  }

  struct Sized {
    let owner: Owner
    let bytes: UInt64
  }

  /// Of the segments, in bytes.
  private let ends: [UInt64]
  private var last: (reference: UInt64, owner: Owner)?

  init(_ block: InspectedBlock) { ends = block.segments.map(\.size) }

  /// Takes in the next chunk and gives the size of the one before.
  mutating func next(_ reference: UInt64, _ owner: Owner) -> Sized? {
    defer { last = (reference, owner) }
    guard let last else { return nil }
    if last.reference >> 32 == reference >> 32, reference > last.reference {
      return Sized(owner: last.owner, bytes: reference &- last.reference)
    }
    return reference == last.reference ? nil : finish()
  }

  /// The size of the last chunk of a segment.
  func finish() -> Sized? {
    guard let last, last.reference >> 32 < UInt64(ends.count) else { return nil }
    let (end, offset) = (ends[Int(last.reference >> 32)], last.reference & 0xffff_ffff)
    return Sized(owner: last.owner, bytes: end > offset ? end &- offset : 0)
  }
}
