import Glibc

/// A folder for files that are needed for a while only: gone with this object, or when the next one is made if the
/// process was killed.
public final class ScratchFolder: Sendable {
  public let path: String
  /// Locked for as long as the folder is in use.
  private let descriptor: Int32

  private static let prefix = "blockhaul-scratch-"

  /// Makes a folder of a name of its own, and removes those that killed processes left behind.
  /// - Parameter parent: made if it does not exist.
  public init(in parent: String) throws(FileError) {
    try Directory.create(parent)
    Self.removeAbandoned(in: parent)
    path = "\(parent)/\(Self.prefix)\(String(UInt64.random(in: .min ... .max), radix: 36))"
    guard unsafe mkdir(path, 0o700) == 0 else { throw FileError.last("create folder", path) }
    let opened = Self.lock(path)
    guard opened >= 0 else {
      let error = FileError.last("lock", path)
      Directory.removeIfEmpty(path)
      throw error
    }
    descriptor = opened
  }

  deinit {
    Self.removeAll(path)
    close(descriptor)
  }

  /// Removes a file or a folder with all that is in it. What is not there is no error.
  public func remove(_ name: String) { Self.removeAll("\(path)/\(name)") }

  /// - Returns: a descriptor, or -1 if somebody else holds the lock.
  private static func lock(_ path: String) -> Int32 {
    let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return -1 }
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return descriptor }
    close(descriptor)
    return -1
  }

  private static func removeAbandoned(in parent: String) {
    for entry in (try? Directory.entries(of: parent)) ?? [] {
      // Another user's cannot be opened.
      guard entry.name.hasPrefix(prefix), !entry.isLink else { continue }
      let descriptor = lock("\(parent)/\(entry.name)")
      guard descriptor >= 0 else { continue }
      removeAll("\(parent)/\(entry.name)")
      close(descriptor)
    }
  }

  /// Removes the folder now, whoever else still holds this object: a process that ends must not leave it to them.
  public func removeAll() { Self.removeAll(path) }

  /// Never follows a link.
  private static func removeAll(_ path: String) {
    if (try? Directory.removeFile(path)) != nil { return }
    for entry in (try? Directory.entries(of: path)) ?? [] { removeAll("\(path)/\(entry.name)") }
    Directory.removeIfEmpty(path)
  }
}

/// A new file that is written from front to back, without a promise that it survives a crash.
public struct NewFile: ~Copyable {
  public let path: String
  private let descriptor: Int32

  /// - Throws: `FileError`, also if there is a file of that name.
  public init(_ path: String) throws(FileError) {
    self.path = path
    descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FileError.last("create", path) }
  }

  deinit { close(descriptor) }

  /// Appends bytes. Blocks.
  public func write(_ bytes: RawSpan) throws(FileError) { try Writing.all(bytes, to: descriptor, path: path) }
}
