import Glibc

/// Names, kinds and sizes of what is in a folder.
public enum Directory {
  public enum Kind: Equatable, Sendable { case file, directory, other }

  public struct Entry: Equatable, Sendable {
    public let name: String
    /// Links followed; `.other` for one to nowhere.
    public let kind: Kind
    public let isLink: Bool
  }

  /// What a path points at, links followed.
  public struct Status: Equatable, Sendable {
    public let kind: Kind
    /// Bytes.
    public let size: UInt64
    /// Milliseconds since 1970.
    public let modified: Int64
  }

  /// The entries of a folder sorted by name (as bytes), without `.` and `..`.
  public static func entries(of path: String) throws(FileError) -> [Entry] { try FolderReader(path).entries() }

  /// - Throws: `FileError` with `.notFound` when there is nothing at `path`.
  public static func status(of path: String) throws(FileError) -> Status {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { throw FileError.last("read", path) }
    return Status(status)
  }

  /// The path from the root on, without links and dots; `nil` if nothing is there.
  public static func resolved(_ path: String) -> String? {
    guard let resolved = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }

  /// Where a file written to a path comes to lie: from the root on, without dots, and links followed, also those to what
  /// is not there yet; `nil` if there is no such folder, or links lead in a circle. Blocks.
  public static func destination(of path: String) -> String? {
    var path = path
    // As many links as Linux follows.
    for _ in 0..<40 {
      if let resolved = resolved(path) { return resolved }
      guard let target = linkTarget(of: path) else {
        let folder = AtomicFile.folder(of: path)
        guard let outer = resolved(folder) else { return nil }
        let name = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).last ?? path.utf8[...]
        return (outer == "/" ? "/" : "\(outer)/") + String(decoding: name, as: UTF8.self)
      }
      path = target.utf8.first == UInt8(ascii: "/") ? target : "\(AtomicFile.folder(of: path))/\(target)"
    }
    return nil
  }

  /// - Returns: `nil` for what is no link.
  private static func linkTarget(of path: String) -> String? {
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, filled in
      let count = unsafe buffer.withMemoryRebound(to: CChar.self) { names in
        guard let start = names.baseAddress else { return 0 }
        return unsafe readlink(path, start, names.count)
      }
      filled = max(0, count)
    }
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
  }

  /// Creates a folder and those above it; one that exists is left as it is.
  public static func create(_ path: String) throws(FileError) {
    if path.isEmpty { return }
    if unsafe mkdir(path, 0o777) == 0 { return }
    switch errno {
    case EEXIST:
      guard try status(of: path).kind == .directory else {
        throw FileError(action: "create folder", path: path, number: EEXIST)
      }
    case ENOENT:
      let folder = AtomicFile.folder(of: path)
      guard folder != ".", folder != "/" else { throw FileError.last("create folder", path) }
      try create(folder)
      // Somebody else may have made it in between.
      if unsafe mkdir(path, 0o777) != 0, errno != EEXIST { throw FileError.last("create folder", path) }
    default: throw FileError.last("create folder", path)
    }
  }

  /// Makes the names inside a folder durable (a rename is not until its folder is synchronised).
  public static func synchronise(_ path: String) throws(FileError) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
    guard descriptor >= 0 else { throw FileError.last("open", path) }
    defer { close(descriptor) }
    // Some network file systems refuse fsync on folders; there is nothing more that can be done there.
    if fsync(descriptor) != 0, errno != EINVAL, errno != ENOTSUP { throw FileError.last("synchronise", path) }
  }

  /// Removes a file; `false` if there was none.
  @discardableResult
  public static func removeFile(_ path: String) throws(FileError) -> Bool {
    if unsafe unlink(path) == 0 { return true }
    if errno == ENOENT || errno == ENOTDIR { return false }
    throw FileError.last("remove", path)
  }

  /// Gives a file another name, in place of one that has it already.
  public static func rename(_ path: String, to other: String) throws(FileError) {
    guard unsafe Glibc.rename(path, other) == 0 else { throw FileError.last("rename", path) }
  }

  /// Removes a folder if it is empty; `false` if it is not, or not there.
  @discardableResult
  public static func removeIfEmpty(_ path: String) -> Bool { unsafe rmdir(path) == 0 }
}

extension Directory.Status {
  init(_ status: stat) {
    kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .directory
      default: .other
      }
    size = UInt64(max(0, status.st_size))
    modified = Int64(status.st_mtim.tv_sec) &* 1000 &+ Int64(status.st_mtim.tv_nsec / 1_000_000)
  }
}
