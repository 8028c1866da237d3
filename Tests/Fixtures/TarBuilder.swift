/// Writes tars by hand: those that no program would write.
public struct TarBuilder: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  /// A tar of plain files, with its end mark.
  public static func tar(_ files: [(name: String, content: [UInt8])]) -> [UInt8] {
    var builder = TarBuilder()
    for file in files { builder.add(file.name, file.content) }
    builder.end()
    return builder.bytes
  }

  /// - Parameters:
  ///   - size: what the header says, if not the truth: the field of 12 bytes.
  ///   - sum: what the header's checksum is wrong by.
  public mutating func add(
    _ name: String, _ content: [UInt8] = [], type: Unicode.Scalar = "0", link: String = "", size: [UInt8]? = nil,
    sum: Int = 0
  ) {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ field: some Sequence<UInt8>, at place: Int) {
      for (offset, byte) in field.enumerated() { header[place + offset] = byte }
    }
    put(Array(name.utf8).prefix(100), at: 0)
    put("0000644".utf8, at: 100)
    put(size ?? Array(Self.octal(content.count, digits: 11).utf8), at: 124)
    put("        ".utf8, at: 148)
    header[156] = UInt8(type.value)
    put(link.utf8, at: 157)
    put("ustar\u{0}00".utf8, at: 257)
    let total = header.reduce(0) { $0 + Int($1) } + sum
    put("\(Self.octal(total, digits: 6))\u{0}".utf8, at: 148)
    bytes += header + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
  }

  public mutating func end() { bytes += [UInt8](repeating: 0, count: 1024) }

  private static func octal(_ number: Int, digits: Int) -> String {
    let text = String(number, radix: 8)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
