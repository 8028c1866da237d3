import Platform
import Testing

@Suite("CRC-32C of two runs")
struct CRC32CCombinationTests {
  private static let bytes = (0..<3000).map { UInt8(truncatingIfNeeded: $0 &* 131 >> 3) }

  @Test("two checksums give that of both runs", arguments: [0, 1, 2, 7, 8, 255, 256, 1000, 2999, 3000])
  func combined(_ border: Int) {
    let whole = unsafe CRC32C.checksum(Self.bytes.span.bytes)
    let first = Array(Self.bytes[..<border])
    let second = Array(Self.bytes[border...])
    let combined = unsafe CRC32C.combine(
      CRC32C.checksum(first.span.bytes), CRC32C.checksum(second.span.bytes), sizeOfSecond: UInt64(second.count))
    #expect(combined == whole)
  }

  @Test("parts of many sizes are put together one by one")
  func many() {
    var crc: UInt32 = 0
    var offset = 0
    for size in [1, 0, 500, 64, 3, 1024, 1408] {
      let part = Array(Self.bytes[offset..<(offset + size)])
      crc = CRC32C.combine(crc, unsafe CRC32C.checksum(part.span.bytes), sizeOfSecond: UInt64(size))
      offset += size
    }
    #expect(offset == 3000)
    let whole = unsafe CRC32C.checksum(Self.bytes.span.bytes)
    #expect(crc == whole)
  }

  @Test("runs longer than 4 GiB are counted in full")
  func long() {
    // x to the power of the polynomial's order is 1, so that many bytes change nothing.
    let order: UInt64 = (1 << 31) - 1
    #expect(CRC32C.combine(0xE306_9283, 0, sizeOfSecond: order) == 0xE306_9283)
    #expect(CRC32C.combine(0xE306_9283, 0, sizeOfSecond: order &* (1 << 20)) == 0xE306_9283)
    #expect(CRC32C.combine(0xE306_9283, 0, sizeOfSecond: order + 1) == CRC32C.combine(0xE306_9283, 0, sizeOfSecond: 1))
  }
}
