import Delivery
import ObjectStore
import OrderedJSON
import Platform
import Quantities
import TSDB
import Thanos

/// Makes a local block ready to go: every file of it opened, looked into and hashed, and its meta.json drawn up. All that
/// can fail on this side has been done then, before the first byte is sent.
struct BlockPreparation: Sendable {
  let labels: ExternalLabels
  let check: BlockCheck.Depth
  let hash: HashFunction

  /// What `thanos.source` says of blocks that this program brought, as `thanos tools bucket upload-blocks` does.
  static let source = "bucket.upload"

  /// - Throws: `CorruptBlock`, `FileError`, `CancellationError`.
  func prepare(_ block: OpenBlock) async throws -> OutgoingBlock {
    let found = try await BlockExamination(depth: check).run(block, hashes: hash == .sha256)
    let statistics = if let known = found.indexStatistics { known } else { try await statistics(of: block) }
    let hashes = found.hashes
    let objects = Self.dataFiles(of: block).enumerated().map { place, file in
      OutgoingObject(
        path: file.path, content: .file(file.file), sha256: hashes.isEmpty ? nil : hashes[place],
        crc32c: found.checksums.indices.contains(place) ? found.checksums[place] : nil)
    }
    let listed = objects.map { ThanosSection.File(path: $0.path, size: $0.content.size, sha256: $0.sha256) }
    let (meta, segments) = (block.meta, block.segments.map(\.name))
    return OutgoingBlock(ulid: meta.ulid, objects: objects) { [labels] uploadTime in
      let uploaded = UploadedMeta(
        labels: labels, source: Self.source, segments: segments, files: listed, indexStatistics: statistics,
        uploadTime: Timestamp.text(uploadTime))
      return JSONValue.object(uploaded.document(of: meta)).bytes(indent: "\t") + [0x0A]
    }
  }

  /// Figures that meta.json is to hold. An index that cannot be walked is corrupt whatever check was asked for.
  private func statistics(of block: OpenBlock) async throws -> IndexStatistics {
    do {
      return try await BlockingPool.shared.run {
        try IndexStatistics(of: try Index(FileBytes(mapping: block.index)))
      }
    } catch let error as TSDBError {
      throw CorruptBlock(faults: [BlockFault(error, malformed: .indexMalformed, checksum: .indexChecksum)])
    }
  }

  /// The files that become objects, in the order they are sent.
  private static func dataFiles(of block: OpenBlock) -> [(path: String, file: OpenFile)] {
    block.segments.map { ("\(BlockFolder.chunksName)/\($0.name)", $0.file) } + [(BlockFolder.indexName, block.index)]
  }
}
