/// About how many requests a month brings, and how many bytes the compactor and a store gateway read.
///
/// Each kind of block in `BlockLife` is written as often as its length fits a month, for each label set that something
/// arrives of: blocks × objects, and one request more for every 64 MiB, in which parts are sent.
public struct RequestEstimate: Equatable, Sendable {
  public private(set) var puts = 0.0
  public private(set) var gets = 0.0
  /// Bytes that leave the store.
  public private(set) var egress = 0.0

  /// Of a part in a multipart upload, as minio-go cuts it. Bytes.
  private static let partSize = 67_108_864.0
  /// By the compactor and a store gateway: both read every new meta.json once.
  private static let metaReads = 2.0
  /// Head, table of contents, symbols and postings offset table of a new block's index, by the store gateway.
  private static let headerReads = 4.0

  /// - Parameters:
  ///   - day: from the plan's time, at whose rate of arrival a month is reckoned.
  ///   - headerShare: bytes of index-headers for each byte of a block.
  init(_ streams: [Stream], at day: Double, downsampling: Bool, headerShare: Double) {
    for stream in streams {
      let raw = stream.rate.rate(day) * PlanTime.monthDays
      guard raw > 0 else { continue }
      for life in BlockLife.all(downsampling: downsampling) { add(life, raw * stream.ratio(life.resolution), stream, headerShare) }
    }
  }

  /// - Parameter bytes: of this kind of block in a month.
  private mutating func add(_ life: BlockLife, _ bytes: Double, _ stream: Stream, _ headerShare: Double) {
    let blocks = PlanTime.monthDays * 24 / life.hours
    let objects = Segments.objects(of: bytes, in: blocks, chunkShare: stream.usage.chunkShare)
    puts += objects + bytes / Self.partSize
    // Every block that is read to be compacted gets a deletion mark afterwards, 5m ones of 14 d and raw ones of 14 d not.
    if life.hours < 336 { puts += blocks }
    gets += objects * life.reads + blocks * (Self.metaReads + Self.headerReads)
    egress += bytes * (life.reads + headerShare)
  }
}
