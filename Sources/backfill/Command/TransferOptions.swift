import ArgumentParser
import Console
import ObjectStore

/// How much of an upload goes at a time, and how fast; the flag named as in Thanos.
struct TransferOptions: ParsableArguments {
  @OptionGroup var limit: RateOptions

  @Option(
    name: .customLong("shipper.upload-concurrency"),
    help: ArgumentHelp(
      "Objects and parts under way at a time, for all blocks together; 0 for \(Traffic().requests).",
      valueName: "number"))
  var concurrency = 0

  func validate() throws { try RateOptions.validate(concurrency, of: "--shipper.upload-concurrency") }

  var traffic: Traffic { limit.traffic(concurrency) }
}
