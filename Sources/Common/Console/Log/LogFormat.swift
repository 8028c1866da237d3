internal import Logging
internal import OrderedJSON
internal import Quantities

/// How a log line looks.
public enum LogFormat: String, CaseIterable, Sendable {
  /// `ts=… level=info msg="…" key=value`, as Prometheus and Thanos print it.
  case logfmt
  /// One JSON object a line.
  case json

  /// - Parameter time: milliseconds since 1970.
  func line(time: Int64, level: Logger.Level, message: String, fields: [(key: String, value: Logger.MetadataValue)]) -> String {
    let ts = Timestamp.text(time, fraction: .milliseconds)
    switch self {
    case .logfmt:
      let head = "ts=\(ts) level=\(level.thanosName) msg=\(Logfmt.value(message))"
      return fields.reduce(into: head) { $0 += " \(Logfmt.key($1.key))=\(Logfmt.value($1.value))" }
    case .json:
      var object: JSONObject = ["ts": .string(ts), "level": .string(level.thanosName), "msg": .string(message)]
      for (key, value) in fields {
        // A field of a caller must not replace one of ours.
        object[["ts", "level", "msg"].contains(key) ? key + "_" : key] = value.json
      }
      return TerminalText.jsonEscaped(JSONValue.object(object).text())
    }
  }
}

/// The text of keys and values as go-logfmt writes them.
enum Logfmt {
  static func key(_ text: String) -> String {
    let key = String(String.UnicodeScalarView(text.unicodeScalars.filter { !isSpecial($0) && !TerminalText.isUnsafe($0) }))
    return key.isEmpty ? "_" : key
  }

  static func value(_ value: Logger.MetadataValue) -> String {
    switch value {
    case .string(let text): self.value(text)
    case .stringConvertible(let object): self.value(object.description)
    case .array, .dictionary: self.value(value.json.text())
    }
  }

  static func value(_ text: String) -> String {
    let needsQuotes = text.unicodeScalars.contains { isSpecial($0) || TerminalText.isUnsafe($0) } || text == "null"
    guard needsQuotes else { return text }
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where TerminalText.isUnsafe(scalar): result += "\\u" + TerminalText.hexadecimal(scalar, digits: 4)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  private static func isSpecial(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value <= 0x20 || scalar == "=" || scalar == "\"" || scalar == "\u{FFFD}"
  }
}

extension Logger.Level {
  /// The four names that Prometheus and Thanos know.
  var thanosName: String {
    switch self {
    case .trace, .debug: "debug"
    case .info, .notice: "info"
    case .warning: "warn"
    case .error, .critical: "error"
    }
  }
}

extension Logger.MetadataValue {
  /// The value with its type: numbers and truth values stay what they are.
  fileprivate var json: JSONValue {
    switch self {
    case .string(let text): .string(text)
    case .stringConvertible(let number as any BinaryInteger): .integer(number)
    case .stringConvertible(let number as Double): .double(number)
    case .stringConvertible(let truth as Bool): .bool(truth)
    case .stringConvertible(let object): .string(object.description)
    case .array(let values): .array(values.map(\.json))
    case .dictionary(let fields):
      .object(fields.sorted { $0.key < $1.key }.reduce(into: JSONObject()) { $0[$1.key] = $1.value.json })
    }
  }
}
