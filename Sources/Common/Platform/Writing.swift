import Glibc

enum Writing {
  /// Writes all bytes to an open file, however many calls that takes. Blocks.
  /// - Parameters:
  ///   - action: completes "cannot …" in the error.
  ///   - path: what the error calls the file.
  static func all(
    _ bytes: RawSpan, to descriptor: Int32, action: String = "write", path: String
  ) throws(FileError) {
    var failure: FileError?
    unsafe bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let count = unsafe write(descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done)
        if count >= 0 {
          done += count
        } else if errno != EINTR {
          failure = FileError.last(action, path)
          return
        }
      }
    }
    if let failure { throw failure }
  }
}
