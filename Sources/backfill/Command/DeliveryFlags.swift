public import ArgumentParser
public import Delivery

/// `--publish`, `--verify-after`, `--report` and `--state-dir`: how blocks are brought into a bucket, from wherever.
struct DeliveryFlags: ParsableArguments {
  @Option(
    help: """
      When meta.json is written, from which on Thanos has the block. each: when its data has arrived, older blocks \
      first; together: for all blocks at the end, which leaves the compactor no gaps to plan around.
      """)
  var publish = Publishing.each

  @Flag(
    name: .customLong("verify-after"),
    help: "Read every object back and compare its SHA-256 before the block is published.")
  var verifiesAfter = false

  @Option(help: ArgumentHelp("Add a JSON line for every block: objects, sizes, hashes, ETags, evidence.", valueName: "file"))
  var report: String?

  @Option(
    name: .customLong("state-dir"),
    help: ArgumentHelp(
      "Where is kept what lets a run go on. (default: $XDG_STATE_HOME/blockhaul, or ~/.local/state/blockhaul)",
      valueName: "folder"))
  var stateFolder: String?

  func validate() throws {
    if stateFolder?.isEmpty == true { throw ValidationError("--state-dir is empty: give a folder, or leave it out") }
    if report?.isEmpty == true { throw ValidationError("--report is empty: give a file, or leave it out") }
  }

  var options: DeliveryOptions {
    var options = DeliveryOptions()
    options.publishing = publish
    options.verifiesAfter = verifiesAfter
    return options
  }
}

extension Publishing: ExpressibleByArgument {}
