import Console

extension Table {
  /// The cells of a column from top to bottom; none for one that the table does not have.
  func cells(_ key: String) -> [Cell] {
    guard let place = columns.firstIndex(where: { $0.key == key }) else { return [] }
    return rows.map { $0[place] }
  }

  func cell(_ key: String, _ row: Int = 0) -> Cell {
    let cells = cells(key)
    return cells.indices.contains(row) ? cells[row] : .empty
  }

  /// What has no amount counts as 0.
  func amounts(_ key: String) -> [Double] { cells(key).map { $0.amount ?? 0 } }

  func texts(_ key: String) -> [String] { cells(key).map { $0 == .empty ? "" : $0.plain } }
}

extension Cell {
  /// For a chart: times in ms since 1970, lengths of time in ms.
  var amount: Double? {
    switch self {
    case .integer(let value), .time(let value), .duration(let value), .goDuration(let value): Double(value)
    case .decimal(let value, _): value
    case .bytes(let value): Double(value)
    case .text, .boolean, .empty: nil
    }
  }
}

extension Document {
  func section(_ key: String) -> Section? { sections.first { $0.key == key } }
  func table(_ key: String) -> Table? { section(key)?.table }
}
