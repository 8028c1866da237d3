/// A buffer that files are read through, a piece at a time.
@safe public struct FileWindow: ~Copyable {
  private let buffer: UnsafeMutableRawBufferPointer
  private var filled = 0

  /// - Parameter size: bytes that are read at a time, at least 1. Some hundred KiB are few calls, and stay in the
  ///   processor's cache for whoever looks at them next.
  public init(size: Int) {
    unsafe buffer = .allocate(byteCount: max(1, size), alignment: 64)
  }

  deinit { unsafe buffer.deallocate() }

  /// Reads the front of `range` (bytes), as much of it as there is room for. Blocks.
  /// - Throws: `FileError.endOfFile` if the file has become shorter.
  public mutating func read(_ file: OpenFile, _ range: Range<UInt64>) throws(FileError) {
    filled = 0
    let wanted = unsafe Int(min(UInt64(buffer.count), range.upperBound - range.lowerBound))
    let window = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted])
    guard try unsafe file.read(at: range.lowerBound, into: window) == wanted else {
      throw FileError(endOfFile: file.path)
    }
    filled = wanted
  }

  /// What was read last.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    get { unsafe _overrideLifetime(UnsafeRawBufferPointer(rebasing: buffer[..<filled]).bytes, borrowing: self) }
  }
}
