internal import CPlatform
import Glibc

/// A folder held by its descriptor: what is made in it lies in it, whatever becomes of the names above and of links.
///
/// Names are single ones, without a slash.
public final class OpenFolder: Sendable {
  public let path: String
  private let descriptor: Int32

  /// - Parameter followsLink: whether the path may be a link; what lies in the folder may never be one.
  public init(_ path: String, followsLink: Bool = false) throws(FileError) {
    let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (followsLink ? 0 : O_NOFOLLOW)
    let descriptor = unsafe open(path, flags)
    guard descriptor >= 0 else { throw FileError.last("open folder", path) }
    self.path = path
    self.descriptor = descriptor
  }

  private init(owning descriptor: Int32, path: String) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Opens a folder in this one, made if it is not there.
  /// - Parameter mode: of a new one, less the process' mask.
  /// - Throws: `FileError`, also for a link and for what is no folder.
  public func folder(_ name: String, mode: UInt32 = 0o777) throws(FileError) -> OpenFolder {
    let inside = "\(path)/\(name)"
    if unsafe mkdirat(descriptor, name, mode_t(mode)) != 0, errno != EEXIST {
      throw FileError.last("create folder", inside)
    }
    let opened = unsafe openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard opened >= 0 else { throw FileError.last("open folder", inside) }
    return OpenFolder(owning: opened, path: inside)
  }

  /// Opens a file in this folder for reading and writing, made if it is not there.
  /// - Throws: `FileError`, also for a link, for what is no regular file, and for one that has a second name elsewhere.
  public func file(_ name: String) throws(FileError) -> WritableFile {
    let inside = "\(path)/\(name)"
    let opened = unsafe openat(
      descriptor, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, mode_t(0o666))
    guard opened >= 0 else { throw FileError.last("open", inside) }
    return try WritableFile(owning: opened, path: inside)
  }

  /// Removes a file, or a folder with all that is in it. Links are removed, not followed; what is not there is no error.
  public func remove(_ name: String) throws(FileError) {
    let inside = "\(path)/\(name)"
    if unsafe unlinkat(descriptor, name, 0) == 0 || errno == ENOENT { return }
    guard errno == EISDIR || errno == EPERM else { throw FileError.last("remove", inside) }
    let folder = try folder(name)
    for entry in try Directory.entries(of: inside) { try folder.remove(entry.name) }
    if unsafe unlinkat(descriptor, name, AT_REMOVEDIR) != 0, errno != ENOENT {
      throw FileError.last("remove folder", inside)
    }
  }

  /// Moves a file or folder of this folder into another one of the same file system. Replaces nothing.
  /// - Throws: `FileError` with the number `EEXIST` where the name is taken.
  public func move(_ name: String, into other: OpenFolder) throws(FileError) {
    guard unsafe blockhaul_rename_no_replace(descriptor, name, other.descriptor, name) == 0 else {
      throw FileError.last("rename to", "\(other.path)/\(name)")
    }
  }

  /// Makes the names in this folder durable.
  public func synchronise() throws(FileError) { try Directory.synchronise(path) }

  /// Holds the folder against others that ask for the same, for as long as this object lives.
  /// - Returns: whether nobody else holds it.
  public func lock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

  /// Whether `path` still leads to this very folder: not if somebody has removed or replaced it since it was opened.
  public var isAtItsPath: Bool {
    var (mine, there) = (stat(), stat())
    guard unsafe fstat(descriptor, &mine) == 0, unsafe stat(path, &there) == 0 else { return false }
    return mine.st_ino == there.st_ino && mine.st_dev == there.st_dev
  }

  public func owner() throws(FileError) -> Owner { try Owner(of: descriptor, path: path) }

  public func give(to owner: Owner) throws(FileError) { try owner.take(descriptor, path: path) }
}

/// A user and a group that a file belongs to.
public struct Owner: Equatable, Sendable {
  public let user: UInt32
  public let group: UInt32

  public init(user: UInt32, group: UInt32) {
    self.user = user
    self.group = group
  }

  /// Whom this process' files belong to.
  public static var current: Owner { Owner(user: geteuid(), group: getegid()) }

  init(of descriptor: Int32, path: String) throws(FileError) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw FileError.last("read", path) }
    self.init(user: status.st_uid, group: status.st_gid)
  }

  func take(_ descriptor: Int32, path: String) throws(FileError) {
    guard fchown(descriptor, user, group) == 0 else { throw FileError.last("change the owner of", path) }
  }
}
