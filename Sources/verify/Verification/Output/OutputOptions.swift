/// What a verification writes, and where to.
public struct OutputOptions: Sendable {
  /// What standard output gets.
  public enum Format: String, CaseIterable, Sendable {
    /// Rows, findings and totals for people.
    case table
    /// One document.
    case json
  }

  public var format = Format.table
  /// In a table, a row for each file in place of one for each block.
  public var listsFiles = false
  /// How many findings a table shows at most; counted are all of them.
  public var maxFindings = 100
  /// `--report`: a JSON line for each block.
  public var reportPath: String?
  /// `--sums`: for `sha256sum -c`.
  public var sumsPath: String?
  /// `--metrics-file`: for node_exporter.
  public var metricsPath: String?
  /// `--junit`.
  public var junitPath: String?

  public init() {}

  /// Opens everything that is to be written. Blocks.
  /// - Throws: `UnwritableOutput`.
  func openFiles() throws -> [any ReportSink & Sendable] {
    var files: [any ReportSink & Sendable] = []
    if let reportPath { files.append(try ReportFile(reportPath)) }
    if let sumsPath { files.append(try SumsFile(sumsPath)) }
    if let metricsPath { files.append(try MetricsFile(metricsPath)) }
    if let junitPath { files.append(try JUnitFile(junitPath)) }
    return files
  }
}
