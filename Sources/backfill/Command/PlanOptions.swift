import ArgumentParser
import Console
import Quantities

/// `--dry-run`, `--rate` and `--output`: what is printed before, or instead.
struct PlanOptions: ParsableArguments {
  @Flag(
    name: .customLong("dry-run"),
    help: "Print every block with what would become of it and why, check the blocks, and write nothing at all.")
  var isDryRun = false

  @Option(
    help: ArgumentHelp("With --dry-run: bytes a second, as 50MiB, to estimate the time by.", valueName: "size"))
  var rate: String?

  @Option(help: "How to print the plan and the report.")
  var output = OutputFormat.table

  func validate() throws {
    guard let rate else { return }
    guard isDryRun else { throw ValidationError("--rate estimates the time of a plan: give --dry-run with it") }
    guard let bytes = bytesPerSecond, bytes > 0 else {
      throw ValidationError("--rate \(rate) is no rate: write bytes a second such as 50MiB")
    }
  }

  var bytesPerSecond: UInt64? { rate.flatMap(ByteSize.parse) }
}
