import Testing

@testable import Platform

@Suite("CRC-32C")
struct CRC32CTests {
  /// RFC 3720, B.4, and the check value of the catalogue of CRCs.
  static let vectors: [([UInt8], UInt32)] = [
    ([], 0),
    (Array("123456789".utf8), 0xE306_9283),
    ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
    ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
    (Array(0..<32), 0x46DD_794E),
    (Array((0..<32).reversed()), 0x113F_DB5C),
    (Array("a".utf8), 0xC1D0_4330),
  ]

  @Test("known checksums, by the processor and by table", arguments: vectors)
  func known(_ bytes: [UInt8], _ expected: UInt32) {
    #expect(unsafe CRC32C.checksum(bytes.span.bytes) == expected)
    #expect(unsafe CRC32C.portableChecksum(bytes.span.bytes) == expected)
  }

  private func random(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }

  @Test("processor and table agree on every length and alignment")
  func agree() {
    let bytes = random(700)
    for start in 0..<9 {
      for end in start...(start < 2 ? 700 : 80) {
        let part = bytes.span.extracting(start..<end)
        let fast = unsafe CRC32C.checksum(part.bytes)
        let slow = unsafe CRC32C.portableChecksum(part.bytes)
        #expect(fast == slow, "\(Array(bytes[start..<end]))")
      }
    }
  }

  @Test("processor and table agree where the processor goes in lanes", arguments: [
    3 * 8192 - 1, 3 * 8192, 3 * 8192 + 1, 6 * 8192 + 7, 1 << 20 | 13,
  ])
  func lanes(_ count: Int) {
    let long = random(count)
    for crc in [0, 0xDEAD_BEEF] as [UInt32] {
      let fast = unsafe CRC32C.checksum(long.span.bytes, after: crc)
      let slow = unsafe CRC32C.portableChecksum(long.span.bytes, after: crc)
      #expect(fast == slow)
    }
  }

  @Test("a checksum goes on where the one before ended, wherever the cut is")
  func parts() {
    let bytes = random(100)
    let whole = unsafe CRC32C.checksum(bytes.span.bytes)
    for cut in 0...100 {
      let first = unsafe CRC32C.checksum(bytes.span.extracting(0..<cut).bytes)
      let both = unsafe CRC32C.checksum(bytes.span.extracting(cut..<100).bytes, after: first)
      #expect(both == whole)
      let slowFirst = unsafe CRC32C.portableChecksum(bytes.span.extracting(0..<cut).bytes)
      let slowBoth = unsafe CRC32C.portableChecksum(bytes.span.extracting(cut..<100).bytes, after: slowFirst)
      #expect(slowBoth == whole)
    }
  }

  @Test("one bit changes the checksum")
  func bits() {
    var bytes = random(40)
    let before = unsafe CRC32C.checksum(bytes.span.bytes)
    for bit in 0..<320 {
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      let after = unsafe CRC32C.checksum(bytes.span.bytes)
      #expect(after != before)
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    }
  }
}
