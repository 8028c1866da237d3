extension CRC32C {
  /// The checksum of two runs of bytes behind each other, from the checksum of each.
  ///
  /// A CRC is a remainder of polynomials over GF(2): bytes behind a run multiply its remainder by x⁸ each.
  /// - Parameter size: bytes of the second run.
  public static func combine(_ first: UInt32, _ second: UInt32, sizeOfSecond size: UInt64) -> UInt32 {
    product(first, power(ofBytes: size)) ^ second
  }

  /// Castagnoli's polynomial, and the numbers 1 and x⁸, with the lowest power in the highest bit as in every CRC-32C.
  private static let polynomial: UInt32 = 0x82F6_3B78
  private static let one: UInt32 = 1 << 31
  private static let byte: UInt32 = 1 << 23

  /// x to the power of 8 · `count`, by squaring.
  private static func power(ofBytes count: UInt64) -> UInt32 {
    var (result, factor, rest) = (one, byte, count)
    while rest != 0 {
      if rest & 1 != 0 { result = product(result, factor) }
      factor = product(factor, factor)
      rest >>= 1
    }
    return result
  }

  private static func product(_ a: UInt32, _ b: UInt32) -> UInt32 {
    var (result, multiple) = (UInt32(0), b)
    for bit in (0..<32 as Range<UInt32>).reversed() {
      if a >> bit & 1 != 0 { result ^= multiple }
      multiple = multiple & 1 != 0 ? multiple >> 1 ^ polynomial : multiple >> 1
    }
    return result
  }
}
