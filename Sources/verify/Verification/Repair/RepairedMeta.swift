import OrderedJSON
import TSDB
import Thanos

/// The meta.json that a repaired block gets: the bucket's own, byte for byte, where it is right about the local block;
/// else the local one with the bucket's `thanos` section, since the labels are known nowhere else.
struct RepairedMeta {
  let local: BlockMeta
  let present: BlockDescription
  /// Index and segments, with their hashes.
  let files: [ThanosSection.File]

  /// `nil` where the bucket's is right as it is.
  func replacement() -> [UInt8]? {
    guard !MetaComparison(local: local, remote: present.meta).differences().isEmpty || !listIsRight else { return nil }
    guard var section = present.meta.document[ThanosSection.key]?.object else { return nil }
    // What Thanos reads of them; the rest of the section stays.
    let hashed = present.thanos?.files.contains { $0.sha256 != nil } ?? false
    let listed = files.map { ThanosSection.File(path: $0.path, size: $0.size, sha256: hashed ? $0.sha256 : nil) }
    let folder = BlockFolder.chunksName + "/"
    let segments = files.map(\.path).filter { $0.hasPrefix(folder) }.map { String($0.dropFirst(folder.count)) }
    let uploaded = UploadedMeta(
      labels: present.labels, source: present.thanos?.source ?? "", segments: segments, files: listed,
      indexStatistics: IndexStatistics(), uploadTime: present.thanos?.uploadTime ?? "")
    let fresh = uploaded.document(of: local)[ThanosSection.key]?.object
    for key in ["segment_files", "files"] { section[key] = fresh?[key] }
    var document = local.document
    document[ThanosSection.key] = .object(section)
    return JSONValue.object(document).bytes(indent: "\t") + [0x0A]
  }

  /// Whether the bucket's meta.json lists the local files, and nothing that contradicts them. One without a list does
  /// not.
  private var listIsRight: Bool {
    let listed = (present.thanos?.files ?? []).filter { $0.path != BlockMeta.fileName }
    guard !listed.isEmpty else { return true }
    guard listed.count == files.count else { return false }
    return files.allSatisfy { file in
      listed.contains {
        $0.path.utf8.elementsEqual(file.path.utf8) && ($0.size ?? file.size) == file.size
          && ($0.sha256 ?? file.sha256) == file.sha256
      }
    }
  }
}
