import Crypto
import FoundationEssentials
public import Platform

extension ObjectChecksum {
  /// The checksum that a store keeps of an object of this content.
  /// - Parameter algorithm: as S3 spells it: `CRC32C`, `CRC64NVME`, `CRC32`, `SHA256`, `SHA1`.
  /// - Returns: `nil` for any other.
  /// - Throws: `FileError`, `CancellationError`.
  public static func of(_ file: OpenFile, by algorithm: String) async throws -> ObjectChecksum? {
    let bytes: [UInt8]?
    switch algorithm {
    case "CRC32C": return S3Checksums.checksum(try await crc32c(of: file))
    case "CRC64NVME": bytes = try await crc(of: file, .crc64NVME)
    case "CRC32": bytes = try await crc(of: file, .crc32)
    case "SHA256": bytes = try await PayloadDigest.of(.file(file), sha256: true, md5: false).sha256
    case "SHA1": bytes = try await sha1(of: file)
    default: bytes = nil
    }
    return bytes.map { ObjectChecksum(algorithm: algorithm, value: Base64.text($0)) }
  }

  /// The checksum itself; `nil` where `value` is no Base64.
  public var bytes: [UInt8]? { Data(base64Encoded: value).map { Array($0) } }

  /// Bytes that one thread takes at a time, and how many threads do. One alone reads slower than it computes.
  private static let region: UInt64 = 16 << 20
  private static let threads = 4

  /// A large file's regions side by side, put together in the end.
  private static func crc32c(of file: OpenFile) async throws -> UInt32 {
    let regions = PartTransfer.regions(of: file.size, partSize: region)
    let checksums = try await withThrowingTaskGroup(of: (Int, UInt32).self) { group in
      var checksums = [UInt32](repeating: 0, count: regions.count)
      for (number, region) in regions.enumerated() {
        if number >= threads, let (done, checksum) = try await group.next() { checksums[done] = checksum }
        group.addTask { (number, try await crc32c(of: file, region)) }
      }
      for try await (done, checksum) in group { checksums[done] = checksum }
      return checksums
    }
    return zip(regions, checksums).reduce(0) { whole, part in
      CRC32C.combine(whole, part.1, sizeOfSecond: UInt64(part.0.count))
    }
  }

  private static func crc32c(of file: OpenFile, _ region: Range<UInt64>) async throws -> UInt32 {
    try await BlockingPool.shared.runCancellably { cancellation in
      var checksum: UInt32 = 0
      try file.forEachWindow(of: region, window: 256 << 10) { window in
        try cancellation.check()
        checksum = CRC32C.checksum(window, after: checksum)
      }
      return checksum
    }
  }

  private static func crc(of file: OpenFile, _ crc: ReflectedCRC) async throws -> [UInt8] {
    try await BlockingPool.shared.runCancellably { cancellation in
      var checksum: UInt64 = 0
      try file.forEachWindow(of: 0..<file.size) { window in
        try cancellation.check()
        checksum = crc.checksum(window, after: checksum)
      }
      return crc.bytes(checksum)
    }
  }

  private static func sha1(of file: OpenFile) async throws -> [UInt8] {
    try await BlockingPool.shared.runCancellably { cancellation in
      var hash = Insecure.SHA1()
      try file.forEachWindow(of: 0..<file.size) { window in
        try cancellation.check()
        unsafe window.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
      }
      return Array(hash.finalize())
    }
  }
}
