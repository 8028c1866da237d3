internal import CPlatform

/// CRC-32C (Castagnoli), as in every section of an index, every chunk and the tombstones. The checksum of nothing is 0.
public enum CRC32C {
  /// The checksum of `bytes`, going on from that of the bytes before them.
  public static func checksum(_ bytes: RawSpan, after crc: UInt32 = 0) -> UInt32 {
    unsafe bytes.withUnsafeBytes { unsafe blockhaul_crc32c(crc, $0.baseAddress, $0.count) }
  }

  /// The same without the processor's instruction, for the test that compares the two.
  static func portableChecksum(_ bytes: RawSpan, after crc: UInt32 = 0) -> UInt32 {
    unsafe bytes.withUnsafeBytes { unsafe blockhaul_crc32c_portable(crc, $0.baseAddress, $0.count) }
  }
}
