/// The cyclic redundancy checks that S3 keeps of objects beside CRC-32C: bits reflected, begun and ended with all ones.
///
/// Eight bytes at a time by tables ("slicing by eight"), about 2 GB/s. CRC-32C has instructions of its own: `CRC32C`.
public struct ReflectedCRC: Sendable {
  /// CRC-32 as zlib has it (ISO-HDLC).
  public static let crc32 = ReflectedCRC(polynomial: 0xEDB8_8320, width: 32)
  /// CRC-64 of the NVM Express specification, which S3 computes of every object that comes without another checksum.
  public static let crc64NVME = ReflectedCRC(polynomial: 0x9A6C_9329_AC4B_C9B5, width: 64)

  /// Bits.
  public let width: Int
  private let ones: UInt64
  /// What a byte does to a remainder, then what it does with one to seven zero bytes behind it.
  private let tables: [UInt64]

  /// - Parameters:
  ///   - polynomial: reflected, the highest power left out.
  ///   - width: bits, at most 64.
  private init(polynomial: UInt64, width: Int) {
    self.width = width
    ones = width < 64 ? 1 << UInt64(width) &- 1 : .max
    var tables = (0..<256 as Range<UInt64>).map { byte in
      (0..<8).reduce(byte) { rest, _ in rest & 1 != 0 ? rest >> 1 ^ polynomial : rest >> 1 }
    }
    for place in 256..<8 * 256 {
      let before = tables[place - 256]
      tables.append(tables[Int(before & 0xFF)] ^ before >> 8)
    }
    self.tables = tables
  }

  /// The checksum of `bytes`, going on from that of the bytes before them. The checksum of nothing is 0.
  public func checksum(_ bytes: RawSpan, after crc: UInt64 = 0) -> UInt64 {
    var rest = crc ^ ones
    let count = bytes.byteCount
    unsafe tables.withUnsafeBufferPointer { tables in
      unsafe bytes.withUnsafeBytes { bytes in
        var place = 0
        while place &+ 8 <= count {
          let word = unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)) ^ rest
          rest = 0
          for byte in 0..<8 {
            unsafe rest ^= tables[(7 &- byte) &<< 8 | Int(truncatingIfNeeded: word &>> UInt64(byte &* 8) & 0xFF)]
          }
          place &+= 8
        }
        while place < count {
          unsafe rest = tables[Int(truncatingIfNeeded: (rest ^ UInt64(bytes[place])) & 0xFF)] ^ rest >> 8
          place &+= 1
        }
      }
    }
    return rest ^ ones
  }

  /// The bytes of a checksum, the most significant first.
  public func bytes(_ checksum: UInt64) -> [UInt8] {
    stride(from: width - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: checksum >> UInt64($0)) }
  }
}
