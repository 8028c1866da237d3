public import Console

/// Every kind of finding with its explanation: `verify explain`.
public enum FindingCatalogue {
  /// Nothing is called that.
  public struct Unknown: Error, CustomStringConvertible {
    let name: String
    /// The IDs that may have been meant, the likeliest first.
    let near: [Finding.ID]

    public var description: String {
      let meant = near.map(\.rawValue).joined(separator: ", ")
      return "no finding is called \(name); " + (near.isEmpty ? "verify explain lists all" : "did you mean \(meant)?")
    }
  }

  /// All of them, the worst first. As a table in one line each; formats for programs have the whole of it.
  public static func list(_ format: OutputFormat) -> String {
    let ids = Finding.ID.allCases.sorted { ($1.severity, $0.rawValue) < ($0.severity, $1.rawValue) }
    return table(of: ids, format).text(format)
  }

  /// - Parameter name: an ID as it is printed.
  /// - Throws: `Unknown`.
  public static func explanation(of name: String, _ format: OutputFormat) throws(Unknown) -> String {
    guard let id = Finding.ID(rawValue: name) else { throw Unknown(name: name, near: nearest(to: name)) }
    return format == .table ? id.explanation.text(of: id) : table(of: [id], format).text(format)
  }

  private static func table(of ids: [Finding.ID], _ format: OutputFormat) -> Table {
    let short = [
      Table.Column("FINDING", key: "id"), Table.Column("SEVERITY", key: "severity"),
      Table.Column("IN SHORT", key: "summary"),
    ]
    let long = [
      Table.Column("MEANING", key: "meaning"), Table.Column("CAUSES", key: "causes"),
      Table.Column("REMEDY", key: "remedy"),
    ]
    var table = Table(format == .table ? short : short + long)
    for id in ids {
      let explanation = id.explanation
      let texts = [explanation.summary, explanation.meaning, explanation.causes, explanation.remedy]
      table.append(([id.rawValue, id.severity.rawValue] + texts).map { .text($0) })
    }
    return table
  }

  /// At most three, not further away than a third of their letters, or with the name in them.
  static func nearest(to name: String) -> [Finding.ID] {
    let name = name.lowercased()
    let ranked = Finding.ID.allCases.map { id in (id: id, distance: distance(name, id.rawValue)) }
      .filter { $0.distance <= max(2, $0.id.rawValue.count / 3) || (name.count > 3 && $0.id.rawValue.contains(name)) }
      .sorted { ($0.distance, $0.id.rawValue) < ($1.distance, $1.id.rawValue) }
    // Beside one that is all but it, distant ones only confuse.
    return ranked.prefix(3).filter { $0.distance <= ranked[0].distance + 2 }.map(\.id)
  }

  /// How many letters have to be put in, taken out or changed (Levenshtein).
  private static func distance(_ left: String, _ right: String) -> Int {
    let right = Array(right.utf8)
    var row = Array(0...right.count)
    for (line, letter) in left.utf8.prefix(200).enumerated() {
      var diagonal = row[0]
      row[0] = line + 1
      for column in right.indices {
        let changed = diagonal + (letter == right[column] ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(changed, row[column] + 1, diagonal + 1)
      }
    }
    return row[right.count]
  }
}
