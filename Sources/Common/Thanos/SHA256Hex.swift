import Crypto
public import Platform

/// The SHA-256 of bytes that come in pieces, as `thanos.files` writes it: lower-case hexadecimal.
public struct SHA256Hex: Sendable {
  private var stream = SHA256Stream()
  /// Where the processor has no instructions for it.
  private var portable: SHA256?

  public init() {
    if !SHA256Stream.isAvailable { portable = SHA256() }
  }

  /// The hash of a text's bytes: a name for what may hold anything.
  public static func hash(of text: String) -> String {
    var hash = SHA256Hex()
    unsafe hash.update(Array(text.utf8).span.bytes)
    return hash.finalize()
  }

  public mutating func update(_ bytes: RawSpan) {
    stream?.update(bytes)
    unsafe bytes.withUnsafeBytes { unsafe portable?.update(bufferPointer: $0) }
  }

  /// Takes the next bytes of two contents, which costs hardly more than those of one.
  public static func update(
    _ first: inout SHA256Hex, with bytes: RawSpan, _ second: inout SHA256Hex, with others: RawSpan
  ) {
    if var one = first.stream, var other = second.stream {
      SHA256Stream.update(&one, with: bytes, &other, with: others)
      first.stream = one
      second.stream = other
    } else {
      first.update(bytes)
      second.update(others)
    }
  }

  public func finalize() -> String { Self.text(stream?.finalize() ?? portable.map({ Array($0.finalize()) }) ?? []) }

  /// The bytes of a hash as they are written.
  public static func text(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    for byte in bytes { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
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
