/// The profiles of a file in AWS' INI dialect.
///
/// Source: "Shared config and credentials files", AWS SDKs and Tools reference guide. Lines that it does not know are
/// passed over, as AWS' tools do.
struct ProfileFile: Equatable, Sendable {
  enum Kind: Sendable {
    /// `~/.aws/credentials`: a section is a profile.
    case credentials
    /// `~/.aws/config`: profiles are `[profile name]` and `[default]`; other sections are none.
    case config
  }

  /// Values by key, keys in lower case, by profile.
  private(set) var profiles: [String: [String: String]] = [:]

  init() {}

  init(_ bytes: [UInt8], _ kind: Kind) {
    var bytes = bytes[...]
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    var profile: String?
    // Of the last key: what is indented deeper belongs to it (`s3 =`) and is no key of the profile.
    var indentation: Int?
    for line in bytes.split(whereSeparator: { $0 == 10 || $0 == 13 }) {
      let text = String(decoding: line, as: UTF8.self)
      let content = Self.trimmed(text[...])
      guard let first = content.first, first != "#", first != ";" else { continue }
      if first == "[" {
        profile = Self.section(content).flatMap { Self.profile($0, kind) }
        if let profile { profiles[profile, default: [:]].merge([:]) { old, _ in old } }
        indentation = nil
        continue
      }
      let depth = text.utf8.prefix { $0 == 32 || $0 == 9 }.count
      if let indentation, depth > indentation { continue }
      indentation = depth
      guard let profile, let equals = content.firstIndex(of: "=") else { continue }
      let key = Self.trimmed(content[..<equals]).lowercased()
      let value = Self.uncommented(content[content.index(after: equals)...])
      profiles[profile, default: [:]][key] = String(Self.trimmed(value))
    }
  }

  private static func trimmed(_ text: Substring) -> Substring {
    guard let last = text.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return text[...last].drop { $0.isWhitespace }
  }

  /// A comment behind a value begins after a blank.
  private static func uncommented(_ text: Substring) -> Substring {
    var wasBlank = true
    for index in text.indices {
      if wasBlank, text[index] == "#" || text[index] == ";" { return text[..<index] }
      wasBlank = text[index] == " " || text[index] == "\t"
    }
    return text
  }

  private static func section(_ line: Substring) -> Substring? {
    line.firstIndex(of: "]").map { trimmed(line[..<$0].dropFirst()) }
  }

  private static func profile(_ section: Substring, _ kind: Kind) -> String? {
    guard kind == .config, section != "default" else { return String(section) }
    guard section.hasPrefix("profile"), section.dropFirst(7).first?.isWhitespace == true else { return nil }
    let name = trimmed(section.dropFirst(7))
    for quote in ["\"", "'"] where name.count > 2 && name.hasPrefix(quote) && name.hasSuffix(quote) {
      return String(name.dropFirst().dropLast())
    }
    return name.isEmpty ? nil : String(name)
  }
}
