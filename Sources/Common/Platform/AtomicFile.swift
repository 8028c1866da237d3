import Glibc

/// A file that appears under its name whole and durable, or not at all.
///
/// The bytes go to a temporary file in the same folder; `commit` synchronises it, renames it over the name and
/// synchronises the folder. Without `commit` the temporary file is removed; of a process that was killed it is left
/// behind, until `removeStale`.
public struct AtomicFile: ~Copyable {
  public let path: String
  private let temporaryPath: String
  private let descriptor: Int32

  /// Ends the names of temporary files, so that listings can leave out those a killed process left behind.
  public static let temporarySuffix = ".blockhaul-tmp"

  /// - Parameter path: where the file is to appear. Its folder must exist.
  public init(_ path: String) throws(FileError) {
    self.path = path
    while true {
      let unique = UInt64.random(in: .min ... .max)
      // Not the name with something behind it: that would be too long for the file system where the name just fits.
      let temporaryPath = "\(Self.folder(of: path))/.\(String(unique, radix: 36))\(Self.temporarySuffix)"
      let descriptor = unsafe open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { throw FileError.last("create", temporaryPath) }
      if Self.hold(descriptor) {
        (self.temporaryPath, self.descriptor) = (temporaryPath, descriptor)
        return
      }
      // Taken for stale in the moment before it was held.
      close(descriptor)
    }
  }

  /// Marks a file as one that is being written, for as long as it is open.
  /// - Returns: whether `removeStale` has not come before it. Where files cannot be locked it does nothing.
  private static func hold(_ descriptor: Int32) -> Bool {
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return errno != EWOULDBLOCK }
    var status = stat()
    return unsafe fstat(descriptor, &status) != 0 || status.st_nlink > 0
  }

  /// Removes the temporary files in a folder whose writers are gone. Those that somebody writes stay, in whatever process
  /// of whatever machine, as far as the file system's locks reach. Blocks.
  public static func removeStale(in folder: String) {
    for entry in (try? Directory.entries(of: folder)) ?? [] where entry.kind == .file && !entry.isLink {
      guard entry.name.utf8.suffix(temporarySuffix.utf8.count).elementsEqual(temporarySuffix.utf8) else { continue }
      let path = "\(folder)/\(entry.name)"
      let descriptor = unsafe open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
      guard descriptor >= 0 else { continue }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unsafe unlink(path) }
      close(descriptor)
    }
  }

  deinit {
    close(descriptor)
    unsafe unlink(temporaryPath)
  }

  /// Appends bytes. Blocks.
  public func write(_ bytes: RawSpan) throws(FileError) { try Writing.all(bytes, to: descriptor, path: path) }

  /// Lets others read it, or not, whatever the process' mask says (umask).
  /// - Parameter mode: as `chmod` takes it: `0o644`.
  public func setPermissions(_ mode: UInt32) throws(FileError) {
    guard fchmod(descriptor, mode) == 0 else { throw FileError.last("set the permissions of", path) }
  }

  /// Makes the file appear, replacing one of the same name. Blocks until it is on the disk.
  public consuming func commit() throws(FileError) {
    guard fsync(descriptor) == 0 else { throw FileError.last("synchronise", path) }
    guard unsafe rename(temporaryPath, path) == 0 else { throw FileError.last("rename to", path) }
    try Directory.synchronise(Self.folder(of: path))
  }

  /// The folder part of a path: `.` for a bare name.
  public static func folder(of path: String) -> String {
    // By bytes: to a `String`, a slash and a combining mark after it are one character.
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.utf8.startIndex ? "/" : String(decoding: path.utf8[..<slash], as: UTF8.self)
  }

  /// Writes a small file in one go.
  public static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    let file = try AtomicFile(path)
    try unsafe file.write(bytes.span.bytes)
    try file.commit()
  }
}
