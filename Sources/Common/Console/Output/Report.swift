public import Logging

/// What a program has to say at its end, or instead of doing anything.
public protocol Report {
  /// As a table it ends with the totals; formats for programs have rows only.
  func text(_ format: OutputFormat) -> String
  var totals: String { get }
  var status: ExitStatus { get }
}

extension Report {
  /// Writes the report to standard output. Where that has rows only, who watches sees the totals on standard error.
  /// - Throws: the report's status unless that is good; what writing throws.
  public func print(_ format: OutputFormat, _ logger: Logger) throws {
    try Output.standard.write(text(format))
    if format != .table {
      for line in totals.split(separator: "\n") { logger.info("\(line)") }
    }
    if status != .good { throw status }
  }
}
