import ArgumentParser
import Verification

/// `--budget` and `--ledger`.
struct RollingFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Check only so much: a size such as 20GiB, or a time such as 10m. Blocks under way come to their end.",
      valueName: "size or time"))
  var budget: String?

  @Option(
    help: ArgumentHelp(
      "Remember in this file what was checked when, and begin with what was checked longest ago.", valueName: "file"))
  var ledger: String?

  func validate() throws {
    if ledger?.isEmpty == true { throw ValidationError("--ledger is empty: give a file, or leave it out") }
    if let budget, Budget(budget) == nil {
      throw ValidationError("--budget \(budget) is neither a size such as 20GiB nor a time such as 10m")
    }
  }

  var options: RollingOptions { RollingOptions(budget: budget.flatMap { Budget($0) }, ledgerPath: ledger) }
}
