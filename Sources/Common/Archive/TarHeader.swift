/// One 512-byte header of a tar: v7, ustar, pax and GNU tar share its first fields.
///
/// Source: POSIX.1-2017, `pax`, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format".
struct TarHeader {
  static let size = 512

  let name: [UInt8]
  /// Bytes of content that follow.
  let size: UInt64
  let type: UInt8
  let linkTarget: [UInt8]

  /// What is wrong with a header.
  struct Invalid: Error {
    let reason: String
  }

  /// - Parameter bytes: 512 of them.
  init(_ bytes: [UInt8]) throws(Invalid) {
    guard Self.isHeader(bytes) else { throw Invalid(reason: "this is no tar header: its checksum is wrong") }
    guard let size = Self.number(bytes[124..<136]), size <= Int64.max else {
      throw Invalid(reason: "the size in this tar header is no number that can be")
    }
    let prefix = Array(bytes[257..<263]) == Array("ustar\0".utf8) ? Self.text(bytes[345..<500]) : []
    let name = Self.text(bytes[0..<100])
    self.name = prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
    self.size = size
    type = bytes[156]
    linkTarget = Self.text(bytes[157..<257])
  }

  /// Whether the checksum is right. Some old programs added up signed bytes.
  static func isHeader(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= size, let stored = number(bytes[148..<156]) else { return false }
    var (unsigned, signed): (UInt64, Int64) = (0, 0)
    for (place, byte) in bytes[..<size].enumerated() {
      let byte = (148..<156).contains(place) ? UInt8(ascii: " ") : byte
      unsigned += UInt64(byte)
      signed += Int64(Int8(bitPattern: byte))
    }
    return stored == unsigned || Int64(exactly: stored) == signed
  }

  /// Octal digits with spaces around them, or a big-endian number of 95 bits (GNU) behind a first bit that is set.
  private static func number(_ field: ArraySlice<UInt8>) -> UInt64? {
    guard let first = field.first else { return nil }
    if first & 0x80 != 0 {
      guard first == 0x80 else { return nil }
      var value: UInt64 = 0
      for byte in field.dropFirst() {
        guard value >> 56 == 0 else { return nil }
        value = value << 8 | UInt64(byte)
      }
      return value
    }
    let digits = field.drop { $0 == UInt8(ascii: " ") }.prefix { $0 != 0 && $0 != UInt8(ascii: " ") }
    // An empty field is written for 0 by some.
    return digits.isEmpty ? 0 : UInt64(String(decoding: digits, as: UTF8.self), radix: 8)
  }

  private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] { Array(field.prefix { $0 != 0 }) }
}
