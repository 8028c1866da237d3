import Glibc

/// A file that one process at a time holds. The system lets go of it when the process ends, however it ends.
public final class FileLock: Sendable {
  public let path: String
  private let descriptor: Int32

  /// Somebody else holds it.
  public struct Held: Error, Equatable, Sendable {
    /// What the holder wrote into the file; `nil` where it has written nothing yet.
    public let pid: Int32?
  }

  /// Takes the lock and writes this process' ID into the file, which is made if need be and stays afterwards: removing
  /// it could take away one that somebody has just opened.
  /// - Throws: `Held`, `FileError`.
  public init(_ path: String) throws {
    descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else { throw FileError.last("open", path) }
    self.path = path
    // From here on `deinit` closes it, after an error too: closed twice, the number may be somebody else's by then.
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let number = errno
      let holder = Self.holder(of: descriptor)
      if number == EWOULDBLOCK { throw Held(pid: holder) }
      throw FileError(action: "lock", path: path, number: number)
    }
    guard ftruncate(descriptor, 0) == 0 else { throw FileError.last("write", path) }
    try unsafe Writing.all(Array("\(getpid())\n".utf8).span.bytes, to: descriptor, path: path)
  }

  deinit {
    // Not by closing alone: a child that is just being started has the descriptor, too, until its program runs.
    release()
    close(descriptor)
  }

  /// Lets go of it, whoever still holds this object.
  public func release() { _ = flock(descriptor, LOCK_UN) }

  private static func holder(of descriptor: Int32) -> Int32? {
    var digits: [UInt8] = []
    var byte: UInt8 = 0
    while digits.count < 12, unsafe pread(descriptor, &byte, 1, off_t(digits.count)) == 1, 0x30...0x39 ~= byte {
      digits.append(byte)
    }
    return Int32(String(decoding: digits, as: UTF8.self))
  }
}
