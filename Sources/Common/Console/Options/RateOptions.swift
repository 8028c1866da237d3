public import ArgumentParser
public import ObjectStore
import Quantities

/// `--limit-rate`.
public struct RateOptions: ParsableArguments {
  @Option(
    name: .customLong("limit-rate"),
    help: ArgumentHelp(
      "Bytes a second for all transfers together, as 50MiB; uploads and downloads apart. No limit if not given.",
      valueName: "size"))
  var rate: String?

  public init() {}

  public func validate() throws {
    guard let rate else { return }
    guard let bytesPerSecond, bytesPerSecond > 0 else {
      throw ValidationError("--limit-rate \(rate) is no rate: write bytes a second such as 50MiB, or leave it out")
    }
  }

  public var bytesPerSecond: UInt64? { rate.flatMap(ByteSize.parse) }

  /// What all transfers of a bucket share.
  /// - Parameter concurrency: 0 for the standard.
  public func traffic(_ concurrency: Int) -> Traffic {
    var traffic = Traffic(bytesPerSecond: bytesPerSecond)
    if concurrency > 0 { traffic.requests = concurrency }
    return traffic
  }

  /// - Throws: a usage error that names the flag, for what is neither 0 nor a sensible number.
  public static func validate(_ concurrency: Int, of flag: String) throws {
    let greatest = 256
    guard 0...greatest ~= concurrency else {
      throw ValidationError(
        "\(flag) \(concurrency) is out of range: give 1 to \(greatest), or 0 for \(Traffic().requests)")
    }
  }
}
