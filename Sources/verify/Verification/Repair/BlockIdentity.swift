import ObjectStore
import OrderedJSON
import TSDB
import Thanos

/// Tells a damaged copy of the local block from another block of its name, which thanos tools bucket rewrite and the
/// like leave behind: that one is somebody's data, and is not written over.
struct BlockIdentity {
  let local: BlockMeta
  let present: BlockDescription
  /// Index and segments as they are here.
  let files: [ThanosSection.File]

  /// What of meta.json says that the bucket's block is another one; `nil` for nothing.
  var contradiction: String? {
    let there = present.meta
    if local.minTime != there.minTime || local.maxTime != there.maxTime {
      return "it is of \(there.minTime) to \(there.maxTime) there, and of \(local.minTime) to \(local.maxTime) here"
    }
    if local.stats != there.stats { return "its counts (\"stats\") are others there" }
    if local.compaction.sources.sorted() != there.compaction.sources.sorted() {
      return "it was compacted from other blocks there"
    }
    return nil
  }

  /// Whether the bucket's meta.json lists a file as another one than the local, and the object does not prove it wrong.
  /// - Parameter size: of the object; `nil` where there is none.
  func listsOther(_ path: String, size: UInt64?) -> Bool {
    guard let listed = present.thanos?.files.first(where: { $0.path.utf8.elementsEqual(path.utf8) }),
      let here = files.first(where: { $0.path.utf8.elementsEqual(path.utf8) })
    else { return false }
    if let theirs = listed.sha256, let ours = here.sha256 { return theirs != ours }
    guard let theirs = listed.size, let ours = here.size else { return false }
    return theirs != ours && size == theirs
  }
}
