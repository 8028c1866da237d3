import Glibc
import Platform
import TSDB

/// A file that is written from front to back, with the numbers that Prometheus' formats are made of.
@safe public struct InputFile: ~Copyable {
  private let stream: UnsafeMutablePointer<FILE>
  /// Bytes written.
  public private(set) var offset = 0

  /// - Throws: `FileError`.
  public init(_ path: String) throws {
    guard let stream = unsafe fopen(path, "wb") else { throw FileError(action: "create", path: path, number: errno) }
    unsafe self.stream = stream
  }

  /// Appends bytes.
  public mutating func write(_ bytes: [UInt8]) {
    unsafe fwrite(bytes, 1, bytes.count, stream)
    offset += bytes.count
  }

  /// Writes zeros up to a multiple of `alignment`.
  mutating func pad(to alignment: Int) {
    let rest = offset % alignment
    if rest > 0 { write([UInt8](repeating: 0, count: alignment - rest)) }
  }

  /// - Throws: `FileError` if any of the writing failed.
  public consuming func close(_ path: String) throws {
    let failed = unsafe ferror(stream) != 0
    if unsafe fclose(stream) != 0 || failed { throw FileError(action: "write", path: path, number: errno) }
  }
}

extension [UInt8] {
  mutating func appendBE(_ value: UInt32) {
    append(contentsOf: [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) })
  }

  mutating func appendBE(_ value: UInt64) {
    appendBE(UInt32(truncatingIfNeeded: value >> 32))
    appendBE(UInt32(truncatingIfNeeded: value))
  }

  mutating func appendUvarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(rest))
  }

  mutating func appendVarint(_ value: Int64) {
    appendUvarint(UInt64(bitPattern: value << 1) ^ UInt64(bitPattern: value >> 63))
  }

  mutating func appendChecksum(from start: Int) { appendBE(CRC32C.checksum(rawBytes.extracting(start..<count))) }
}
