internal import OrderedJSON

/// A table that is written as its rows come, so that none of them have to be held: the same text as `Table.text`.
///
/// For columns that stand in line the first rows are held back, and tell how wide they are. Where a wider value follows,
/// lines are as wide from there on.
public struct TableStream: Sendable {
  /// Rows that are held back for their widths.
  static let heldRows = 1_000

  private let columns: [Table.Column]
  private let format: OutputFormat
  private var held: [[Cell]] = []
  private var widths: [Int]?
  private var isFirst = true

  public init(_ columns: [Table.Column], _ format: OutputFormat) { (self.columns, self.format) = (columns, format) }

  /// The text of the next rows, as far as it can be told already.
  public mutating func text(_ rows: [[Cell]]) -> String {
    guard format == .table, widths == nil else { return written(rows) }
    held += rows
    return held.count < Self.heldRows ? "" : release()
  }

  /// What comes after the last row.
  public mutating func end() -> String {
    switch format {
    case .table: widths == nil ? release() : ""
    case .json: isFirst ? Table(columns).text(.json) : "\n]\n"
    case .csv, .tsv, .markdown: isFirst ? written([]) : ""
    }
  }

  private mutating func release() -> String {
    defer { held = [] }
    widths = Table.widths(of: columns, held)
    return written(held)
  }

  private mutating func written(_ rows: [[Cell]]) -> String {
    if rows.isEmpty, format == .json { return "" }
    defer { isFirst = false }
    let table = Table(columns, rows: rows)
    switch format {
    case .table:
      widths = Table.widths(of: columns, rows, atLeast: widths ?? [])
      var text = ""
      table.forEachLine(widths: widths ?? [], withHeading: isFirst) { text += $0 + "\n" }
      return text
    case .json:
      return (isFirst ? "[\n" : ",\n") + table.jsonItems
    case .csv, .tsv, .markdown:
      let text = table.text(format)
      return isFirst ? text : Self.withoutLines(format == .markdown ? 2 : 1, text)
    }
  }

  private static func withoutLines(_ count: Int, _ text: String) -> String {
    var rest = text.utf8[...]
    for _ in 0..<count { rest = rest.drop { $0 != 0x0A }.dropFirst() }
    return String(Substring(rest))
  }
}

/// The rows of a long result, written in the order in which they come, or those of them that another order puts first.
///
/// - Memory: what `TableStream` holds; in another order twice `--limit`, and all rows where there is none.
public struct RowPrinter {
  private let options: TableOptions
  private let columns: [Table.Column]
  private var stream: TableStream
  private var kept: Table
  private var left: Int

  /// - Throws: a usage error for a column to sort by that there is not.
  public init(_ columns: [Table.Column], _ options: TableOptions) throws {
    (self.columns, self.options) = (columns, options)
    stream = TableStream(columns, options.output)
    kept = try options.order(Table(columns))
    left = options.limit ?? .max
  }

  /// Rows that are held for another order.
  var heldRows: Int { kept.rows.count }

  /// Rows that can still be written at most; `nil` for any number.
  public static func limit(_ options: TableOptions) -> Int? { options.isSorted ? nil : options.limit }

  /// Takes in the next rows and gives the text that is to be written now.
  /// - Throws: what sorting throws.
  public mutating func text(_ rows: [[Cell]]) throws -> String {
    guard options.isSorted else {
      let some = rows.prefix(left)
      left -= some.count
      return stream.text(Array(some))
    }
    for row in rows { kept.append(row) }
    if let limit = options.limit, kept.rows.count / 2 > max(limit, 500) { kept = try options.apply(kept) }
    return ""
  }

  /// The rest.
  /// - Throws: what sorting throws.
  public mutating func end() throws -> String {
    let rest = options.isSorted ? stream.text(try options.apply(kept).rows) : ""
    return rest + stream.end()
  }
}
