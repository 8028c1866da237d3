public import ArgumentParser

/// `--output`, `--sort-by`, `--descending` and `--limit`: how a table is printed.
public struct TableOptions: ParsableArguments {
  @Option(help: "How to print: numbers are plain, and times RFC 3339 in UTC, in all but the table.")
  public var output = OutputFormat.table

  @Option(
    name: .customLong("sort-by"), parsing: .singleValue,
    help: ArgumentHelp(
      "Sort by the values of this column, rising. Give it again for what to do with equal ones.", valueName: "column"))
  var sortBy: [String] = []

  @Flag(help: "Sort falling: the largest first.")
  var descending = false

  @Option(help: ArgumentHelp("Print so many rows at most.", valueName: "count"))
  public var limit: Int?

  public init() {}

  /// Whether rows can only be printed when all are there.
  public var isSorted: Bool { !sortBy.isEmpty }

  public func validate() throws {
    if let limit, limit < 0 { throw ValidationError("--limit \(limit): give a number of rows, 0 or more") }
    if descending, sortBy.isEmpty { throw ValidationError("--descending says in which direction to sort: give --sort-by too") }
  }

  /// The table in the order and length that was asked for.
  /// - Throws: a usage error that names the columns there are.
  public func apply(_ table: Table) throws -> Table { try order(table).limited(to: limit) }

  /// The table in the order that was asked for.
  /// - Throws: a usage error that names the columns there are.
  public func order(_ table: Table) throws -> Table {
    do {
      return try table.sorted(by: sortBy.map { Table.Order($0, isDescending: descending) })
    } catch {
      throw ValidationError("--sort-by: \(error)")
    }
  }
}
