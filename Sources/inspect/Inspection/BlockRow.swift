public import ObjectStore
public import TSDB
public import Thanos

/// A block as a row of the table: what its meta.json says and what its files weigh.
public struct BlockRow: Sendable {
  public let ulid: ULID
  /// `nil` for partial uploads and blocks whose meta.json cannot be read. Without the document it was read from.
  public let description: BlockDescription?
  /// Of the files that are there, whatever meta.json says of them; `nil` where they cannot be listed.
  public let sizes: BlockSizes?
  /// What the listing says of the index; `nil` without one.
  public let index: ObjectAttributes?
  /// What lies beside the block to tell Thanos' components what not to do with it.
  public let markers: [Marker.Kind]
  /// When the block came into its bucket, ms since 1970: what meta.json says, else the time of meta.json itself, which
  /// comes last. `nil` for a block in a folder that has never been in a bucket.
  public let uploaded: Int64?
  /// `ok`, or what is wrong with the block, or why there is nothing more to show.
  public let state: String

  public init(
    ulid: ULID, description: BlockDescription?, sizes: BlockSizes?, index: ObjectAttributes? = nil,
    markers: [Marker.Kind] = [], uploaded: Int64? = nil, state: String
  ) {
    self.ulid = ulid
    self.description = description
    self.sizes = sizes
    self.index = index
    self.markers = markers
    self.uploaded = uploaded
    self.state = state
  }

  public static let ok = "ok"

  /// The rows in the order of Thanos' table: FROM, then UNTIL; blocks without times last.
  static func sorted(_ rows: [BlockRow]) -> [BlockRow] {
    // Places are moved about, as rows are large.
    let keys = rows.enumerated().map { place, row in
      (row.description?.meta.minTime ?? .max, row.description?.meta.maxTime ?? .max, row.ulid, place)
    }
    return keys.sorted { $0 < $1 }.map { rows[$0.3] }
  }
}

extension BlockRow {
  /// Bytes a sample, index included; `nil` where either is not known, or 0.
  public var bytesPerSample: Double? {
    guard let sizes, let samples = description?.meta.stats.samples, samples > 0 else { return nil }
    return Double(sizes.total) / Double(samples)
  }

  /// `nil` for a block without chunks.
  public var samplesPerChunk: Double? {
    guard let stats = description?.meta.stats, stats.chunks > 0, stats.samples >= 0 else { return nil }
    return Double(stats.samples) / Double(stats.chunks)
  }
}
