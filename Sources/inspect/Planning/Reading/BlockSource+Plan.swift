public import Inspection
import ObjectStore
import Platform
import TSDB
import Thanos

extension BlockSource {
  /// Reads what a plan is made of: the rows of all blocks, and why the marked ones are.
  /// - Parameters:
  ///   - clock: ms since 1970.
  ///   - cache: what earlier runs have read of a bucket's meta.json files.
  /// - Throws: `PlanInput.NoBlocks`; `DataDirectory.NotATSDB`, `FileError`, `BucketError` where the source fails.
  public func planInput(clock: Int64, cache: BlockCache? = nil) async throws -> PlanInput {
    let rows = try await rows(cache: cache)
    return try PlanInput(rows, reasons: try await markerReasons(of: rows), clock: clock)
  }

  private struct MarkedBlock {
    let ulid: ULID
    let kind: Marker.Kind
  }

  /// What the markers of blocks say, `""` where one says nothing or cannot be read: that it lies there is what counts.
  private func markerReasons(of rows: [BlockRow]) async throws -> [ULID: [Marker.Kind: String]] {
    // Deletion marks have no reason to read.
    let marked = rows.flatMap { row in
      row.markers.filter { $0 != .deletion }.map { MarkedBlock(ulid: row.ulid, kind: $0) }
    }
    let reasons = try await marked.concurrentMap(atMost: Self.requests) { try await reason($0) }
    return zip(marked, reasons).reduce(into: [:]) { $0[$1.0.ulid, default: [:]][$1.0.kind] = $1.1 }
  }

  private func reason(_ block: MarkedBlock) async throws -> String {
    let name: String
    let bytes: [UInt8]?
    switch self {
    case .folder(let path):
      name = "\(path)/\(BlockObjects(block.ulid).marker(block.kind))"
      bytes = await BlockingPool.shared.run { try? OpenFile(name).readAll(limit: BlockMeta.sizeLimit) }
    case .bucket(let bucket):
      name = BlockObjects(block.ulid).marker(block.kind)
      bytes = try? await bucket.read(name, limit: BlockMeta.sizeLimit)
      try Task.checkCancellation()
    }
    guard let marker = bytes.flatMap({ try? Marker(parsing: $0, kind: block.kind, file: name) }) else { return "" }
    return [marker.reason, marker.details].filter { !$0.isEmpty }.joined(separator: ": ")
  }
}
