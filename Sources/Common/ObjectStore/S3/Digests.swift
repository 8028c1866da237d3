import Crypto
import FoundationEssentials
import Platform

/// Lower-case hexadecimal.
enum Hexadecimal {
  private static let digits = Array("0123456789abcdef".utf8)

  static func text(_ bytes: some Sequence<UInt8>) -> String {
    var text: [UInt8] = []
    for byte in bytes { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }

  /// - Returns: `nil` for what is no even number of hexadecimal digits.
  static func bytes(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in text {
      guard let digit = character.hexDigitValue else { return nil }
      if let first = high {
        bytes.append(first << 4 | UInt8(digit))
        high = nil
      } else {
        high = UInt8(digit)
      }
    }
    return high == nil ? bytes : nil
  }
}

/// Base64 with padding.
enum Base64 {
  static func text(_ bytes: some Sequence<UInt8>) -> String { Data(bytes).base64EncodedString() }
}

/// The checksums of a request's body.
struct PayloadDigest: Equatable, Sendable {
  /// 32 bytes; `nil` where not asked for.
  var sha256: [UInt8]?
  /// 16 bytes; `nil` where not asked for.
  var md5: [UInt8]?
  /// `nil` where not asked for.
  var crc32c: UInt32?

  /// Reads the content once for all that is asked for, on the blocking pool. Content that has to be fetched is fetched
  /// before, since that can be done once only.
  /// - Throws: `FileError`.
  static func of(
    _ content: ObjectContent, sha256: Bool, md5: Bool, crc32c: Bool = false
  ) async throws -> PayloadDigest {
    guard sha256 || md5 || crc32c else { return PayloadDigest() }
    return try await BlockingPool.shared.run {
      var sha = SHA256()
      var md = Insecure.MD5()
      var crc: UInt32 = 0
      func take(_ bytes: RawSpan) {
        if crc32c { crc = CRC32C.checksum(bytes, after: crc) }
        unsafe bytes.withUnsafeBytes { buffer in
          if sha256 { unsafe sha.update(bufferPointer: buffer) }
          if md5 { unsafe md.update(bufferPointer: buffer) }
        }
      }
      switch content {
      case .bytes(let bytes): unsafe take(bytes.span.bytes)
      case .file(let file, let range): try file.forEachWindow(of: range, window: 256 << 10, take)
      case .source: throw S3Failure.malformed("content was hashed before it was fetched")
      }
      return PayloadDigest(
        sha256: sha256 ? Array(sha.finalize()) : nil, md5: md5 ? Array(md.finalize()) : nil,
        crc32c: crc32c ? crc : nil)
    }
  }

  static func md5(of bytes: [UInt8]) -> [UInt8] { Array(Insecure.MD5.hash(data: bytes)) }
}
