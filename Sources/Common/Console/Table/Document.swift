internal import OrderedJSON

/// Several tables that answer one question together, such as everything that is to be said of an index.
public struct Document: Sendable {
  public struct Section: Sendable {
    /// What programs call it: the key in json, the name for `--section`. It never changes.
    public let key: String
    /// The heading for people.
    public let title: String
    public var table: Table
    /// Whether the table has one row, whose values json shows as one object and people see one below the other.
    public let isRecord: Bool
    /// Lines for people below the table: what an estimate rests on, what was left out.
    public var notes: [String]

    public init(_ key: String, _ title: String, _ table: Table, isRecord: Bool = false, notes: [String] = []) {
      self.key = key
      self.title = title
      self.table = table
      self.isRecord = isRecord
      self.notes = notes
    }

    /// The first rows of a table, with a note that there are more.
    public init(_ key: String, _ title: String, _ table: Table, first limit: Int?) {
      let shown = table.limited(to: limit)
      let isCut = shown.rows.count < table.rows.count
      let note = "\(shown.rows.count) of \(Cell.grouped(Int64(table.rows.count)))"
      self.init(key, title, shown, notes: isCut ? [note] : [])
    }
  }

  /// Name and version of what json has, as `blockhaul.inspect.index/1`; the version rises when a key changes its
  /// meaning or goes.
  public let schema: String
  public var sections: [Section]

  public init(schema: String, _ sections: [Section]) {
    self.schema = schema
    self.sections = sections
  }

  /// The whole document as text that ends in a newline.
  ///
  /// In json the notes come last, by their sections' keys, where there are any. In csv and tsv each table comes after a line `# key`, with an empty line between two; a table that is alone comes
  /// without.
  public func text(_ format: OutputFormat) -> String {
    switch format {
    case .table: sections.map(\.shown).joined(separator: "\n")
    case .markdown: sections.map { "## \(Table.markdownText($0.title))\n\n\($0.markdown)" }.joined(separator: "\n")
    case .csv, .tsv:
      if sections.count == 1 {
        sections[0].table.text(format)
      } else {
        sections.map { "# \($0.key)\n\($0.table.text(format))" }.joined(separator: "\n")
      }
    case .json: TerminalText.jsonEscaped(JSONValue.object(json).text(indent: "  ")) + "\n"
    }
  }

  private var json: JSONObject {
    var object = JSONObject()
    object["schema"] = .string(schema)
    for section in sections { object[section.key] = section.json }
    let noted = sections.filter { !$0.notes.isEmpty }
    if !noted.isEmpty {
      object["notes"] = .object(
        JSONObject(members: noted.map { JSONObject.Member(key: $0.key, value: .array($0.notes.map { .string($0) })) }))
    }
    return object
  }
}

extension Document.Section {
  fileprivate var shown: String {
    var text = "\(title)\n"
    if isRecord, let row = table.rows.first {
      var lines = Table([Table.Column("", key: ""), Table.Column("", key: "")])
      for (column, cell) in zip(table.columns, row) { lines.append([.text(column.title), .text(cell.shown)]) }
      text += lines.aligned().split(separator: "\n").map { "  \($0)\n" }.joined()
    } else if table.rows.isEmpty {
      text += "  none\n"
    } else {
      text += table.aligned().split(separator: "\n").map { "  \($0)\n" }.joined()
    }
    return text + notes.map { "  \(TerminalText.escaped($0))\n" }.joined()
  }

  fileprivate var markdown: String {
    table.text(.markdown) + (notes.isEmpty ? "" : "\n" + notes.map { "\(Table.markdownText($0))\n" }.joined())
  }

  fileprivate var json: JSONValue {
    var rows = table.objects
    return isRecord && !rows.isEmpty ? rows.removeFirst() : .array(rows)
  }
}
