import Crypto
public import Platform

/// The SHA-256 of bytes that come in pieces, as `thanos.files` writes it: lower-case hexadecimal.
public struct SHA256Hex: Sendable {
  private var hash = SHA256()

  public init() {}

  public mutating func update(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
  }

  public func finalize() -> String {
    var text: [UInt8] = []
    for byte in hash.finalize() { text += [Self.digits[Int(byte >> 4)], Self.digits[Int(byte & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }

  /// The hash of a whole file. Blocks.
  public static func of(_ file: OpenFile) throws -> String {
    var hash = SHA256Hex()
    try file.forEachWindow(of: 0..<file.size) { hash.update($0) }
    return hash.finalize()
  }

  private static let digits = Array("0123456789abcdef".utf8)
}
