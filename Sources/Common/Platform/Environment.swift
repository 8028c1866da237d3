import Glibc

/// The variables that the process was started with.
public enum Environment {
  /// A variable's value, `nil` if it is not set.
  @Sendable public static func value(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }

  public static var all: [String: String] {
    var variables: [String: String] = [:]
    var entry = unsafe environ
    while let text = unsafe entry.pointee {
      let pair = unsafe String(cString: text).utf8
      // By bytes: to a `String`, an equals sign and a combining mark after it are one character.
      if let equals = pair.firstIndex(of: UInt8(ascii: "=")) {
        variables[String(decoding: pair[..<equals], as: UTF8.self)] = String(
          decoding: pair[equals...].dropFirst(), as: UTF8.self)
      }
      unsafe entry += 1
    }
    return variables
  }
}
