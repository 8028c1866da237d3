import Glibc

/// A file that is written at any offset, from any thread, and may be read at the same time.
public final class WritableFile: Sendable {
  public let path: String
  private let descriptor: Int32

  /// Takes over a descriptor, and closes it when the file is refused.
  init(owning descriptor: Int32, path: String) throws(FileError) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      let error = FileError.last("read", path)
      close(descriptor)
      throw error
    }
    // A second name could be a file that is somebody else's.
    guard status.st_mode & S_IFMT == S_IFREG, status.st_nlink <= 1 else {
      close(descriptor)
      throw FileError(action: "write to", path: path, number: status.st_mode & S_IFMT == S_IFREG ? EMLINK : EINVAL)
    }
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Bytes.
  public func size() throws(FileError) -> UInt64 {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw FileError.last("read", path) }
    return UInt64(max(0, status.st_size))
  }

  /// Writes all bytes from `offset` on. Blocks.
  public func write(_ bytes: RawSpan, at offset: UInt64) throws(FileError) {
    var failure: FileError?
    unsafe bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        guard let position = off_t(exactly: offset &+ UInt64(done)) else {
          failure = FileError(action: "write", path: path, number: EFBIG)
          return
        }
        let count = unsafe pwrite(
          descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done, position)
        if count >= 0 {
          done += count
        } else if errno != EINTR {
          failure = FileError.last("write", path)
          return
        }
      }
    }
    if let failure { throw failure }
  }

  /// Makes it so long: what is too much goes, what is missing reads as zeros.
  public func resize(to size: UInt64) throws(FileError) {
    guard let length = off_t(exactly: size), ftruncate(descriptor, length) == 0 else {
      throw FileError.last("resize", path)
    }
  }

  /// Blocks until all of it is on the disk.
  public func synchronise() throws(FileError) {
    guard fsync(descriptor) == 0 else { throw FileError.last("synchronise", path) }
  }

  /// The same file for reading, as it is now.
  public func reader() throws(FileError) -> OpenFile {
    let copy = dup(descriptor)
    guard copy >= 0 else { throw FileError.last("read", path) }
    return try OpenFile(owning: copy, path: path)
  }

  public func give(to owner: Owner) throws(FileError) { try owner.take(descriptor, path: path) }
}
