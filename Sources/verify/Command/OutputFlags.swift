public import ArgumentParser
public import Verification

/// `--output`, `--files`, `--max-findings` and the files that a run writes.
struct OutputFlags: ParsableArguments {
  @Option(help: "What is printed: table for people, or one json document.")
  var output = OutputOptions.Format.table

  @Flag(help: "In the table, a row for each file, not only for each block.")
  var files = false

  @Option(
    name: .customLong("max-findings"),
    // So that a number below 0 gets the words below, and not those for a flag without a value.
    parsing: .unconditional,
    help: ArgumentHelp("How many findings the table shows at most; all are counted.", valueName: "number"))
  var maxFindings = 100

  @Option(
    help: ArgumentHelp("Add a JSON line for each block as it is checked, and one with the totals.", valueName: "file"))
  var report: String?

  @Option(
    help: ArgumentHelp(
      "Write the SHA-256 of everything that is read, for sha256sum -c in the data folder.", valueName: "file"))
  var sums: String?

  @Option(
    name: .customLong("metrics-file"),
    help: ArgumentHelp(
      "Write metrics for node_exporter's textfile collector (a name ending in .prom).", valueName: "file"))
  var metricsFile: String?

  @Option(help: ArgumentHelp("Write a JUnit report with a test case for each block.", valueName: "file"))
  var junit: String?

  func validate() throws {
    guard maxFindings >= 0 else {
      throw ValidationError("--max-findings \(maxFindings) is no number of findings: give 0 or more")
    }
    let paths = [("--report", report), ("--sums", sums), ("--metrics-file", metricsFile), ("--junit", junit)]
    for case (let flag, let path?) in paths where path.isEmpty {
      throw ValidationError("\(flag) is empty: give a file, or leave it out")
    }
  }

  var options: OutputOptions {
    var options = OutputOptions()
    options.format = output
    options.listsFiles = files
    options.maxFindings = maxFindings
    options.reportPath = report
    options.sumsPath = sums
    options.metricsPath = metricsFile
    options.junitPath = junit
    return options
  }
}

extension OutputOptions.Format: ExpressibleByArgument {}
