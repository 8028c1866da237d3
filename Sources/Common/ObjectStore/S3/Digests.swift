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

  /// Computes what is asked for, off the cooperative threads. The two are computed side by side: digests of
  /// several contents are so much faster together than one after the other that reading a file twice costs less.
  /// - Throws: `FileError`, `CancellationError`.
  static func of(_ content: ObjectContent, sha256: Bool, md5: Bool) async throws -> PayloadDigest {
    async let sha = sha256 ? Self.sha256(of: content) : nil
    async let md = md5 ? Self.md5(of: content) : nil
    return PayloadDigest(sha256: try await sha, md5: try await md)
  }

  private static func md5(of content: ObjectContent) async throws -> [UInt8] {
    try await digest(of: content, by: .md5)
  }

  private static func digest(of content: ObjectContent, by digests: ParallelDigest) async throws -> [UInt8] {
    switch content {
    case .bytes(let bytes): try await digests.digest(of: bytes)
    case .file(let file, let range): try await digests.digest(of: file, range)
    case .source: try await digests.digest(of: [])
    }
  }

  private static func sha256(of content: ObjectContent) async throws -> [UInt8] {
    if let digests = ParallelDigest.sha256 { return try await digest(of: content, by: digests) }
    return try await BlockingPool.shared.runCancellably { cancellation in
      var hash = SHA256()
      switch content {
      case .bytes(let bytes): hash.update(data: bytes)
      case .file(let file, let range):
        try file.forEachWindow(of: range, window: 256 << 10) { window in
          try cancellation.check()
          unsafe window.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
        }
      case .source: break
      }
      return Array(hash.finalize())
    }
  }

  static func md5(of bytes: [UInt8]) -> [UInt8] { Array(Insecure.MD5.hash(data: bytes)) }
}
