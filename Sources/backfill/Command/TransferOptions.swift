import ArgumentParser
import ObjectStore
import Quantities

/// `--limit-rate`.
struct RateOptions: ParsableArguments {
  @Option(
    name: .customLong("limit-rate"),
    help: ArgumentHelp(
      "Bytes a second for all transfers together, as 50MiB; uploads and downloads apart. No limit if not given.",
      valueName: "size"))
  var rate: String?

  func validate() throws {
    guard let rate else { return }
    guard let bytesPerSecond, bytesPerSecond > 0 else {
      throw ValidationError("--limit-rate \(rate) is no rate: write bytes a second such as 50MiB, or leave it out")
    }
  }

  var bytesPerSecond: UInt64? { rate.flatMap(ByteSize.parse) }

  /// - Parameter concurrency: 0 for the standard.
  func traffic(_ concurrency: Int) -> Traffic {
    var traffic = Traffic(bytesPerSecond: bytesPerSecond)
    if concurrency > 0 { traffic.requests = concurrency }
    return traffic
  }

  static func validate(_ concurrency: Int, of flag: String) throws {
    let greatest = 256
    guard 0...greatest ~= concurrency else {
      throw ValidationError(
        "\(flag) \(concurrency) is out of range: give 1 to \(greatest), or 0 for \(Traffic().requests)")
    }
  }
}

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

/// The same for a download, which Thanos has no name for.
struct DownloadOptions: ParsableArguments {
  @OptionGroup var limit: RateOptions

  @Option(
    help: ArgumentHelp("Objects and parts of them under way at a time; 0 for \(Traffic().requests).", valueName: "number"))
  var concurrency = 0

  func validate() throws { try RateOptions.validate(concurrency, of: "--concurrency") }

  var traffic: Traffic { limit.traffic(concurrency) }
}
