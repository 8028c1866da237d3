import Console
import Glibc
import Platform
import TSDB

/// The folder beside the blocks in which they are put together: `.blockhaul-restore`.
///
/// Prometheus takes folders for blocks that are named by a ULID, and deletes those of a ULID with `.tmp-for-creation`,
/// `.tmp-for-deletion` or `.tmp` behind it when it starts (its `tsdb/db.go`): this name is neither. One run at a time has
/// it; the lock goes with the process, however that ends.
final class StagingRoot: Sendable {
  static let name = ".blockhaul-restore"
  private static let ownerName = "pid"

  let data: OpenFolder
  private let root: OpenFolder

  /// Another run restores into the same folder.
  struct InUse: ErrorWithExitStatus, CustomStringConvertible {
    let path: String
    let process: String?
    var exitStatus: ExitStatus { .unfinished }
    var description: String {
      let who = process.map { "process \($0)" } ?? "another process"
      return "\(who) is restoring into \(path): wait for it to end, or end it, and run again"
    }
  }

  /// Makes or takes over the folder. Blocks.
  /// - Parameter path: the data folder; made if it is not there.
  /// - Throws: `InUse`, `FileError`.
  init(in path: String) throws {
    try Directory.create(path)
    data = try OpenFolder(path, followsLink: true)
    var attempts = 0
    while true {
      attempts += 1
      let opened = try data.folder(Self.name, mode: 0o700)
      guard opened.lock() else { throw InUse(path: path, process: Self.holder(in: opened.path)) }
      // Whoever had it may have removed it between the opening and the lock.
      if opened.isAtItsPath || attempts == 100 {
        root = opened
        break
      }
    }
    let file = try root.file(Self.ownerName)
    try file.resize(to: 0)
    try unsafe file.write(Array("\(getpid())\n".utf8).span.bytes, at: 0)
  }

  /// - Returns: the number that the other process left, if it is one.
  private static func holder(in path: String) -> String? {
    guard let bytes = try? OpenFile("\(path)/\(ownerName)").readAll(limit: 64),
      let number = Int32(String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self))
    else { return nil }
    return "\(number)"
  }

  /// The folder in which a block is put together.
  func block(_ ulid: ULID) throws(FileError) -> OpenFolder { try root.folder("\(ulid)") }

  /// What is known of a block's download so far.
  func journal(_ ulid: ULID) throws(FileError) -> WritableFile { try root.file("\(ulid).journal") }

  /// Forgets a block's download.
  func remove(_ ulid: ULID) throws(FileError) {
    try root.remove("\(ulid)")
    try root.remove("\(ulid).journal")
  }

  /// Gives a block that is complete its place. Nothing is replaced.
  func publish(_ ulid: ULID) throws(FileError) {
    try root.move("\(ulid)", into: data)
    try data.synchronise()
    try root.remove("\(ulid).journal")
  }

  /// Removes the folder if nothing is in it that a later run could go on with.
  func leave() {
    let left = (try? Directory.entries(of: root.path)) ?? []
    guard left.allSatisfy({ $0.name == Self.ownerName }) else { return }
    try? root.remove(Self.ownerName)
    Directory.removeIfEmpty(root.path)
  }

  /// The staging folders of blocks that a killed run had given their place already.
  func removeJournalsWithoutBlocks() {
    let names = Set(((try? Directory.entries(of: root.path)) ?? []).map(\.name))
    for name in names where name.hasSuffix(".journal") && !names.contains(String(name.dropLast(".journal".count))) {
      try? root.remove(name)
    }
  }
}
