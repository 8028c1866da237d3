import Platform
import Testing

@Suite("CRC-32 and CRC-64/NVME")
struct ReflectedCRCTests {
  private func checksum(_ crc: ReflectedCRC, _ bytes: [UInt8], after: UInt64 = 0) -> UInt64 {
    unsafe crc.checksum(bytes.span.bytes, after: after)
  }

  @Test("the check values of the catalogue of CRCs")
  func catalogue() {
    let digits = Array("123456789".utf8)
    #expect(checksum(.crc32, digits) == 0xCBF4_3926)
    #expect(checksum(.crc64NVME, digits) == 0xAE8B_1486_0A79_9888)
    #expect(checksum(.crc32, []) == 0 && checksum(.crc64NVME, []) == 0)
    #expect(ReflectedCRC.crc32.bytes(0xCBF4_3926) == [0xCB, 0xF4, 0x39, 0x26])
    #expect(ReflectedCRC.crc64NVME.bytes(1) == [0, 0, 0, 0, 0, 0, 0, 1])
  }

  @Test("a content in pieces has the checksum of the whole, wherever it is cut", arguments: [ReflectedCRC.crc32, .crc64NVME])
  func pieces(_ crc: ReflectedCRC) {
    let bytes = (0..<100).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    let whole = checksum(crc, bytes)
    for cut in bytes.indices {
      #expect(checksum(crc, Array(bytes[cut...]), after: checksum(crc, Array(bytes[..<cut]))) == whole)
    }
  }
}
