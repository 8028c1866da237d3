/// A bucket configuration that cannot be used, in one line with the place and the way out.
///
/// It holds no value out of the configuration save names of keys and of types: values may be secrets.
public struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: Equatable, Sendable {
    /// The file is missing or cannot be read.
    case unreadable
    /// The text is no YAML.
    case malformed
    /// `$(NAME)` names a variable that is not set.
    case unsetVariable
    case unknownKey
    case duplicateKey
    /// A value of another type or outside its range.
    case wrongValue
    case missingKey
    /// Keys that exclude or need each other.
    case contradiction
    /// Right, but of a type that this version does not work with.
    case unsupported
  }

  public let code: Code
  /// The file's path, or the flag that held the text.
  public let name: String
  /// From 1; `nil` where the error has no place.
  public let line: Int?
  /// The whole path of a key: `config.http_config.max_idle_conns`.
  public let key: String?
  public let reason: String

  public init(_ code: Code, in name: String, line: Int? = nil, key: String? = nil, _ reason: String) {
    self.code = code
    self.name = name
    self.line = line
    self.key = key
    self.reason = reason
  }

  public var description: String {
    let place = line.map { "\(name):\($0)" } ?? name
    return key.map { "\(place): \($0): \(reason)" } ?? "\(place): \(reason)"
  }
}
