import Platform

/// The frame around symbols, postings, label indices and both offset tables:
///
///     ┌──────────────┬───────────────┬──────────────┐
///     │ length <4 B> │ payload       │ CRC-32C <4 B>│
///     └──────────────┴───────────────┴──────────────┘
///
/// The length counts the payload alone, and the checksum is that of the payload.
extension ByteReader {
  /// Reads a frame of a file, and with `checkingChecksum` all of its bytes.
  /// - Returns: the payload's place in the span that this reads.
  @_lifetime(self: copy self)
  mutating func frame(of file: FileBytes, checkingChecksum: Bool) throws(Fault) -> Range<Int> {
    let start = position
    let length = try uint32()
    guard remaining >= 4, length <= UInt64(remaining - 4) else {
      throw Fault(.outOfRange, at: start, expected: "a length that stays within the section", found: UInt64(length))
    }
    let payload = position..<(position + Int(length))
    guard checkingChecksum, payload.count > FileBytes.stretch else {
      try checksum(of: payload.count, verifying: checkingChecksum)
      return payload
    }
    var computed: UInt32 = 0
    while position < payload.upperBound {
      let window = try bytes(min(FileBytes.stretch, payload.upperBound - position))
      computed = CRC32C.checksum(window, after: computed)
      file.touched(window.byteCount)
    }
    try compare(computed)
    return payload
  }

  /// Reads `count` bytes and the checksum behind them, and compares the two if `verifying`.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func checksum(of count: Int, verifying: Bool) throws(Fault) {
    let body = try bytes(count)
    guard verifying else {
      _ = try uint32()
      return
    }
    try compare(CRC32C.checksum(body))
  }

  /// Reads a checksum that has to be this one.
  @inline(__always)
  @_lifetime(self: copy self)
  private mutating func compare(_ computed: UInt32) throws(Fault) {
    let stored = try uint32()
    guard computed == stored else {
      throw Fault(
        .checksumMismatch, at: position - 4, expected: "the CRC-32C of the bytes before it", found: UInt64(stored))
    }
  }
}
