import Glibc

/// A file opened for reading at any offset, from any thread.
///
/// It stays readable when the name is deleted: this is how a block is held fast against Prometheus' retention while it
/// is being uploaded (no hard link, hence no write access to the data folder).
public final class OpenFile: Sendable {
  public let path: String
  /// Bytes at the time of opening.
  public let size: UInt64
  /// Time of the last change, in milliseconds since 1970, at the time of opening.
  public let modified: Int64
  let descriptor: Int32
  private let note: (@Sendable (Int) -> Void)?

  /// Opens a regular file. A folder or a device is refused.
  /// - Parameter note: gets the number of bytes of each read, from whatever thread it was on.
  public convenience init(_ path: String, note: (@Sendable (Int) -> Void)? = nil) throws(FileError) {
    // Without O_NONBLOCK, opening a named pipe would wait for a writer for good. Regular files take no notice of it.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError.last("open", path) }
    try self.init(owning: descriptor, path: path, note: note)
  }

  /// Takes over a descriptor, and closes it when the file is refused.
  init(owning descriptor: Int32, path: String, note: (@Sendable (Int) -> Void)? = nil) throws(FileError) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      let error = FileError.last("read", path)
      close(descriptor)
      throw error
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw FileError(action: "read", path: path, number: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
    }
    self.path = path
    self.descriptor = descriptor
    self.note = note
    self.size = UInt64(max(0, status.st_size))
    self.modified = Int64(status.st_mtim.tv_sec) &* 1000 &+ Int64(status.st_mtim.tv_nsec / 1_000_000)
  }

  deinit { close(descriptor) }

  /// Reads into the front of `buffer` from `offset` on until it is full or the file ends. Blocks.
  /// - Returns: the number of bytes read.
  public func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    var done = 0
    while done < buffer.count {
      guard let position = off_t(exactly: offset &+ UInt64(done)) else { return done }
      let count = unsafe pread(descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done, position)
      if count > 0 {
        done += count
        note?(count)
      } else if count == 0 {
        return done
      } else if errno != EINTR {
        throw FileError.last("read", path)
      }
    }
    return done
  }

  /// Reads exactly the bytes of `range`. Blocks.
  /// - Throws: `FileError.endOfFile` if the file has become shorter.
  public func read(_ range: Range<UInt64>) throws(FileError) -> [UInt8] {
    guard range.upperBound <= size else { throw FileError(endOfFile: path) }
    let count = Int(range.count)
    var failure: FileError?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(FileError) {
        filled = try unsafe read(at: range.lowerBound, into: UnsafeMutableRawBufferPointer(buffer))
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    guard bytes.count == count else { throw FileError(endOfFile: path) }
    return bytes
  }

  /// Reads the whole file. Meant for small ones; `limit` (bytes) guards against those that are not.
  public func readAll(limit: UInt64) throws(FileError) -> [UInt8] {
    guard size <= limit else { throw FileError(action: "read", path: path, number: EFBIG) }
    return try read(0..<size)
  }

  /// Reads `range` from front to back through one reused buffer and hands each window to `body`. Blocks.
  ///
  /// - Parameter window: bytes of the buffer; 1 MiB keeps it in the processor's cache and the calls few.
  /// - Throws: what `body` throws, or a `FileError` (end of file if the file has become shorter).
  public func forEachWindow(
    of range: Range<UInt64>, window: Int = 1 << 20, _ body: (RawSpan) throws -> Void
  ) throws {
    var buffer = FileWindow(size: Int(min(UInt64(max(1, window)), range.upperBound - range.lowerBound)))
    var offset = range.lowerBound
    while offset < range.upperBound {
      try buffer.read(self, offset..<range.upperBound)
      try body(buffer.bytes)
      offset += UInt64(buffer.bytes.byteCount)
    }
  }
}
