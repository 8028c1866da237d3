import Glibc

/// A folder that is being read: what lies in it is found from here, not from the root again for each name, and is that of
/// this very folder, whatever becomes of its name meanwhile. Links are followed. All of it blocks.
///
/// Names are single ones, without a slash.
@safe
public struct FolderReader: ~Copyable {
  public let path: String
  private let stream: OpaquePointer

  /// - Throws: `FileError` with `.notFound` where there is nothing, `.notADirectory` where it is something else.
  public init(_ path: String) throws(FileError) {
    guard let stream = unsafe opendir(path) else { throw FileError.last("open", path) }
    self.path = path
    unsafe self.stream = stream
  }

  /// Opens a folder in another one.
  public init(_ name: String, in outer: borrowing FolderReader) throws(FileError) {
    let path = outer.path(of: name)
    let descriptor = unsafe openat(dirfd(outer.stream), name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError.last("open", path) }
    guard let stream = unsafe fdopendir(descriptor) else {
      let error = FileError.last("open", path)
      close(descriptor)
      throw error
    }
    self.path = path
    unsafe self.stream = stream
  }

  deinit { unsafe closedir(stream) }

  /// What lies in it, sorted by name (as bytes), without `.` and `..`. To be asked once.
  public borrowing func entries() throws(FileError) -> [Directory.Entry] {
    var entries: [Directory.Entry] = []
    while true {
      errno = 0
      guard let record = unsafe readdir(stream) else {
        if errno != 0 { throw FileError.last("list", path) }
        break
      }
      let name = unsafe withUnsafePointer(to: &record.pointee.d_name) {
        unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name == "." || name == ".." { continue }
      switch unsafe Int32(record.pointee.d_type) {
      case Int32(DT_REG): entries.append(Directory.Entry(name: name, kind: .file, isLink: false))
      case Int32(DT_DIR): entries.append(Directory.Entry(name: name, kind: .directory, isLink: false))
      // Links, and file systems that do not say.
      default:
        entries.append(Directory.Entry(name: name, kind: (try? status(of: name))?.kind ?? .other, isLink: isLink(name)))
      }
    }
    return entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// - Throws: `FileError` with `.notFound` when there is nothing of that name (any more).
  public borrowing func status(of name: String) throws(FileError) -> Directory.Status {
    var status = stat()
    guard unsafe fstatat(dirfd(stream), name, &status, 0) == 0 else { throw FileError.last("read", path(of: name)) }
    return Directory.Status(status)
  }

  /// Opens a file in it.
  public borrowing func file(_ name: String) throws(FileError) -> OpenFile {
    // As in `OpenFile`: a named pipe must not wait for a writer.
    let descriptor = unsafe openat(dirfd(stream), name, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError.last("open", path(of: name)) }
    return try OpenFile(owning: descriptor, path: path(of: name))
  }

  private borrowing func isLink(_ name: String) -> Bool {
    var status = stat()
    return unsafe fstatat(dirfd(stream), name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  private borrowing func path(of name: String) -> String { "\(path)/\(name)" }
}
