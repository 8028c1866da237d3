extension Index {
  /// The labels of a series as PromQL writes them: `{__name__="up", job="node"}`; `nil` if they cannot be read.
  /// - Parameter reference: as tombstones refer to it.
  public func text(of reference: UInt64, _ symbols: SymbolTable) -> String? {
    var entry = SeriesEntry()
    do throws(TSDBError) {
      try series(at: reference, into: &entry)
      var labels: [(name: [UInt8], value: [UInt8])] = []
      for label in entry.labels {
        labels.append(([UInt8](try symbols.bytes(of: label.name)), [UInt8](try symbols.bytes(of: label.value))))
      }
      return SeriesText.text(labels)
    } catch {
      return nil
    }
  }
}

/// The labels of a series as PromQL writes them: `{__name__="up", job="node"}`.
enum SeriesText {
  static func text(_ labels: [(name: [UInt8], value: [UInt8])]) -> String {
    "{" + labels.map { text($0.name.rawBytes, $0.value.rawBytes) }.joined(separator: ", ") + "}"
  }

  static func text(_ name: RawSpan, _ value: RawSpan) -> String {
    "\(String(showing: name))=\"\(escaped(String(showing: value)))\""
  }

  private static func escaped(_ value: String) -> String {
    var text = ""
    for character in value.unicodeScalars {
      switch character {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text.unicodeScalars.append(character)
      }
    }
    return text
  }
}
