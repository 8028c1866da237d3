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

  static func bytes(_ text: String) -> [UInt8]? { Data(base64Encoded: text).map { Array($0) } }
}

/// The checksums of a request's body.
struct PayloadDigest: Equatable, Sendable {
  /// 32 bytes; `nil` where not asked for.
  var sha256: [UInt8]?
  /// 16 bytes; `nil` where not asked for.
  var md5: [UInt8]?
  /// `nil` where not asked for.
  var crc32c: UInt32?

  /// Computes what is asked for, off the cooperative threads. The digests are computed side by side: those of several
  /// contents are so much faster together than one after the other that reading a file twice costs less. Content that
  /// has to be fetched is fetched before, since that can be done once only.
  /// - Throws: `FileError`, `CancellationError`.
  static func of(
    _ content: ObjectContent, sha256: Bool, md5: Bool, crc32c: Bool = false
  ) async throws -> PayloadDigest {
    async let sha = sha256 ? Self.sha256(of: content) : nil
    async let md = md5 ? Self.md5(of: content) : nil
    async let crc = crc32c ? Self.crc32c(of: content) : nil
    return PayloadDigest(sha256: try await sha, md5: try await md, crc32c: try await crc)
  }

  private static func md5(of content: ObjectContent) async throws -> [UInt8] {
    try await digest(of: content, by: .md5)
  }

  private static func sha256(of content: ObjectContent) async throws -> [UInt8] {
    if let digests = ParallelDigest.sha256 { return try await digest(of: content, by: digests) }
    let hash = try await walk(content, SHA256()) { hash, window in
      unsafe window.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
    }
    return Array(hash.finalize())
  }

  private static func crc32c(of content: ObjectContent) async throws -> UInt32 {
    try await walk(content, 0) { $0 = CRC32C.checksum($1, after: $0) }
  }

  private static func digest(of content: ObjectContent, by digests: ParallelDigest) async throws -> [UInt8] {
    switch content {
    case .bytes(let bytes): try await digests.digest(of: bytes)
    case .file(let file, let range): try await digests.digest(of: file, range)
    case .source: throw notFetched
    }
  }

  /// Goes through the content once, on the blocking pool.
  private static func walk<State: Sendable>(
    _ content: ObjectContent, _ initial: State, _ take: @escaping @Sendable (inout State, RawSpan) -> Void
  ) async throws -> State {
    try await BlockingPool.shared.runCancellably { cancellation in
      var state = initial
      switch content {
      case .bytes(let bytes): unsafe take(&state, bytes.span.bytes)
      case .file(let file, let range):
        try file.forEachWindow(of: range, window: 256 << 10) { window in
          try cancellation.check()
          take(&state, window)
        }
      case .source: throw notFetched
      }
      return state
    }
  }

  private static var notFetched: StoreFailure { .malformed("content was hashed before it was fetched") }

  static func md5(of bytes: [UInt8]) -> [UInt8] { Array(Insecure.MD5.hash(data: bytes)) }
}
