import Testing

@testable import TSDB

@Suite("ByteReader")
struct ByteReaderTests {
  static let values: [UInt64] =
    (0..<64).flatMap { [1 << $0 as UInt64, (1 << $0 as UInt64) &- 1, ~0 >> UInt64($0)] }
    + (0..<64).map { 0x9e37_79b9_7f4a_7c15 >> UInt64($0) }

  @Test("every length of integer is read, far from the end and at it")
  func uvarint() throws {
    for value in Self.values {
      let encoded = IndexBytes.uvarint(value)
      for padding in [0, 1, 7, 16] {
        let bytes = encoded + [UInt8](repeating: 0xff, count: padding)
        var reader = ByteReader(bytes.rawBytes)
        #expect(try reader.uvarint() == value)
        #expect(reader.position == encoded.count)
        var signed = ByteReader(bytes.rawBytes)
        #expect(try signed.varint() == Int64(bitPattern: value >> 1 ^ (value & 1 == 1 ? .max : 0)))
      }
    }
  }

  @Test("an integer that ends too early is truncated, and the position stays")
  func truncatedVarint() throws {
    for value in Self.values where value >= 0x80 {
      let encoded = IndexBytes.uvarint(value)
      for count in 0..<encoded.count {
        var reader = ByteReader(encoded.rawBytes, in: 0..<count)
        let fault = #expect(throws: Fault.self) { try reader.uvarint() }
        #expect(fault?.code == .truncated)
        #expect(reader.position == 0)
      }
    }
  }

  @Test(
    "an integer of more than 64 bits is malformed",
    arguments: [
      [UInt8](repeating: 0xff, count: 10), [UInt8](repeating: 0x80, count: 9) + [2],
      [UInt8](repeating: 0x80, count: 20),
    ])
  func overflow(bytes: [UInt8]) throws {
    var reader = ByteReader(bytes.rawBytes)
    let fault = #expect(throws: Fault.self) { try reader.uvarint() }
    #expect(fault?.code == .malformed)
    #expect(reader.position == 0)
  }

  @Test("fixed integers are big-endian and do not reach past the end")
  func fixed() throws {
    let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]
    var reader = ByteReader(bytes.rawBytes)
    #expect(try reader.uint8() == 1)
    #expect(try reader.uint16() == 0x0203)
    #expect(try reader.uint32() == 0x0405_0607)
    #expect(try reader.uint64() == 0x0809_0a0b_0c0d_0e0f)
    #expect(reader.position == reader.end)
    for end in 0..<8 {
      var short = ByteReader(bytes.rawBytes, in: 0..<end)
      #expect(throws: Fault.self) { try short.uint64() }
      if end < 4 { #expect(throws: Fault.self) { try short.uint32() } }
      if end < 2 { #expect(throws: Fault.self) { try short.uint16() } }
      if end < 1 { #expect(throws: Fault.self) { try short.uint8() } }
      #expect(short.position == 0)
    }
  }

  @Test("lengths are checked before anything is read", arguments: [3, 200, 1 << 31, 1 << 63, .max] as [UInt64])
  func lengths(length: UInt64) throws {
    let bytes = IndexBytes.uvarint(length) + [1, 2]
    var reader = ByteReader(bytes.rawBytes)
    let fault = #expect(throws: Fault.self) { _ = try reader.lengthPrefixedBytes() }
    #expect(fault?.code == .outOfRange)
    #expect(reader.position == 0)
    #expect(throws: Fault.self) { try reader.skip(-1) }
    #expect(throws: Fault.self) { try reader.skip(.max) }
  }

  @Test("a range that reaches beyond the bytes is cut to them")
  func ranges() throws {
    let bytes: [UInt8] = [1, 2, 3]
    #expect(ByteReader(bytes.rawBytes, in: -5..<100).remaining == 3)
    #expect(ByteReader(bytes.rawBytes, in: 7..<100).remaining == 0)
    var reader = ByteReader(bytes.rawBytes, in: 1..<2)
    #expect(reader.position == 1)
    #expect(try reader.uint8() == 2)
    reader.move(to: .max)
    #expect(reader.position == 2)
  }
}
