/// Rows of typed cells below named columns, written in the format that the user asked for.
public struct Table: Sendable {
  public enum Alignment: Sendable { case left, right }

  public struct Column: Sendable {
    /// The heading for people.
    public let title: String
    /// The name for programs: the heading of csv and tsv, the key of json. It says the unit: `size_bytes`.
    public let key: String
    public let alignment: Alignment

    public init(_ title: String, key: String, _ alignment: Alignment = .left) {
      self.title = title
      self.key = key
      self.alignment = alignment
    }
  }

  public let columns: [Column]
  public private(set) var rows: [[Cell]] = []

  public init(_ columns: [Column]) { self.columns = columns }

  init(_ columns: [Column], rows: [[Cell]]) { (self.columns, self.rows) = (columns, rows) }

  /// Adds a row. Cells that are missing at its end are empty, those without a column are left out.
  public mutating func append(_ cells: [Cell]) {
    if cells.count == columns.count { return rows.append(cells) }
    rows.append((0..<columns.count).map { $0 < cells.count ? cells[$0] : .empty })
  }

  /// The whole table as text that ends in a newline.
  public func text(_ format: OutputFormat) -> String {
    switch format {
    case .table: aligned()
    case .csv: separated(by: ",", escape: Self.quoted)
    case .tsv: separated(by: "\t", escape: Self.escaped)
    case .json: json()
    case .markdown: markdown()
    }
  }
}
