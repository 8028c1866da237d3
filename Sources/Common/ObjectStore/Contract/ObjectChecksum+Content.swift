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
    case "CRC32C":
      let digest = try await PayloadDigest.of(.file(file), sha256: false, md5: false, crc32c: true)
      return digest.crc32c.map(S3Checksums.checksum)
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
