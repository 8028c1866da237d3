import Platform

/// The bytes of an archive as they lie in the file, front to back through one buffer, which this object owns.
@safe final class PackedInput {
  let file: OpenFile
  /// Bytes of the file that have been taken.
  private(set) var offset: UInt64 = 0
  private let buffer: UnsafeMutableRawBufferPointer
  private var unread = 0..<0

  init(_ file: OpenFile) {
    self.file = file
    unsafe buffer = .allocate(byteCount: 256 << 10, alignment: 16)
  }

  deinit { unsafe buffer.deallocate() }

  /// Those bytes in the buffer that have not been taken. Valid until the next `refill`.
  var bytes: UnsafeMutableRawBufferPointer { unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[unread]) }

  /// Reads on if the buffer is used up. Blocks.
  /// - Returns: whether there are bytes; `false` at the end of the file.
  func refill() throws -> Bool {
    guard unread.isEmpty else { return true }
    unread = 0..<(try unsafe file.read(at: offset, into: buffer))
    return !unread.isEmpty
  }

  func take(_ count: Int) {
    unread = (unread.lowerBound + count)..<unread.upperBound
    offset &+= UInt64(count)
  }

  /// Goes on elsewhere in the file.
  func jump(to offset: UInt64) {
    let distance = offset &- self.offset
    if offset >= self.offset, distance < UInt64(unread.count) { return take(Int(distance)) }
    unread = 0..<0
    self.offset = offset
  }

  func error(_ code: ArchiveError.Code, _ reason: String) -> ArchiveError {
    ArchiveError(code, file.path, at: offset, of: .file, reason)
  }
}
