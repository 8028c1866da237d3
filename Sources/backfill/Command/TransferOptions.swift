import ArgumentParser
import ObjectStore
import Quantities

/// `--limit-rate` and `--shipper.upload-concurrency`, the second one named as in Thanos.
struct TransferOptions: ParsableArguments {
  @Option(
    name: .customLong("limit-rate"),
    help: ArgumentHelp(
      "Bytes a second for all transfers together, as 50MiB; uploads and downloads apart. No limit if not given.",
      valueName: "size"))
  var rate: String?

  @Option(
    name: .customLong("shipper.upload-concurrency"),
    help: ArgumentHelp(
      "Objects and parts under way at a time, for all blocks together; 0 for \(Traffic().requests).",
      valueName: "number"))
  var concurrency = 0

  private static let greatestConcurrency = 256

  func validate() throws {
    guard 0...Self.greatestConcurrency ~= concurrency else {
      throw ValidationError(
        "--shipper.upload-concurrency \(concurrency) is out of range: give 1 to \(Self.greatestConcurrency), or 0 for"
          + " \(Traffic().requests)")
    }
    guard let rate else { return }
    guard let bytesPerSecond, bytesPerSecond > 0 else {
      throw ValidationError("--limit-rate \(rate) is no rate: write bytes a second such as 50MiB, or leave it out")
    }
  }

  private var bytesPerSecond: UInt64? { rate.flatMap(ByteSize.parse) }

  var traffic: Traffic {
    var traffic = Traffic(bytesPerSecond: bytesPerSecond)
    if concurrency > 0 { traffic.requests = concurrency }
    return traffic
  }
}
