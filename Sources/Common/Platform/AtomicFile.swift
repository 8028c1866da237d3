import Glibc

/// A file that appears under its name whole and durable, or not at all.
///
/// The bytes go to a temporary file in the same folder; `commit` synchronises it, renames it over the name and
/// synchronises the folder. Without `commit` the temporary file is removed.
public struct AtomicFile: ~Copyable {
  public let path: String
  private let temporaryPath: String
  private let descriptor: Int32

  /// Ends the names of temporary files, so that listings can leave out those a killed process left behind.
  public static let temporarySuffix = ".blockhaul-tmp"

  /// - Parameter path: where the file is to appear. Its folder must exist.
  public init(_ path: String) throws(FileError) {
    self.path = path
    let unique = UInt64.random(in: .min ... .max)
    // Not the name with something behind it: that would be too long for the file system where the name just fits.
    temporaryPath = "\(Self.folder(of: path))/.\(String(unique, radix: 36))\(Self.temporarySuffix)"
    descriptor = unsafe open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError.last("create", temporaryPath) }
  }

  deinit {
    close(descriptor)
    unsafe unlink(temporaryPath)
  }

  /// Appends bytes. Blocks.
  public func write(_ bytes: RawSpan) throws(FileError) { try Writing.all(bytes, to: descriptor, path: path) }

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
