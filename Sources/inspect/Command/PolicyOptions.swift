import ArgumentParser
import Planning
import Quantities
import Thanos

/// Retention, growth and the rest that a plan goes by.
struct PolicyOptions: ParsableArguments {
  @Option(
    name: .customLong("retention.raw"),
    help: ArgumentHelp("How long raw blocks are kept, as 30d; 0 for ever.", valueName: "duration"))
  var raw = "0"

  @Option(
    name: .customLong("retention.5m"),
    help: ArgumentHelp("How long blocks of 5 minutes are kept; 0 for ever.", valueName: "duration"))
  var fiveMinutes = "0"

  @Option(
    name: .customLong("retention.1h"),
    help: ArgumentHelp("How long blocks of 1 hour are kept; 0 for ever.", valueName: "duration"))
  var oneHour = "0"

  @Flag(name: .customLong("downsampling.disable"), help: "The compactor does not downsample.")
  var downsamplingIsDisabled = false

  @Option(
    help: ArgumentHelp("In place of the growth that the blocks show, as 5%/month or 60%/year.", valueName: "growth"))
  var growth: String?

  @Option(help: ArgumentHelp("How far to look ahead, as 1y.", valueName: "duration"))
  var horizon = "1y"

  @Option(help: ArgumentHelp("Bytes a second, as 50MiB, for the time to upload all of it.", valueName: "size"))
  var bandwidth: String?

  @Option(
    help: ArgumentHelp("A price list in YAML, for a bill (docs/inspect-plan.md has one).", valueName: "file"))
  var prices: String?

  func validate() throws { _ = try policy }

  var policy: PlanPolicy {
    get throws {
      guard let months = PlanPolicy.months(parsing: horizon) else {
        throw ValidationError("--horizon \(horizon) is no span of time: write one such as 1y, up to 100y")
      }
      let policy = PlanPolicy(
        retention: PlanPolicy.Retention(
          raw: try retention("--retention.raw", raw), fiveMinutes: try retention("--retention.5m", fiveMinutes),
          oneHour: try retention("--retention.1h", oneHour)),
        growth: try growth.map { text in
          guard let growth = PlanPolicy.growth(parsing: text) else {
            throw ValidationError("--growth \(text) is no growth: write one such as 5%/month or 60%/year, above -100%")
          }
          return growth
        }, months: months, downsamples: !downsamplingIsDisabled,
        bandwidth: try bandwidth.map { text in
          guard let bytes = ByteSize.parse(text), bytes > 0 else {
            throw ValidationError("--bandwidth \(text) is no rate: write bytes a second such as 50MiB")
          }
          return bytes
        })
      try check(policy)
      return policy
    }
  }

  /// Thanos' compactor does not start with a retention that takes blocks before they are downsampled
  /// (`cmd/thanos/compact.go`): a plan for it would be one for nothing.
  private func check(_ policy: PlanPolicy) throws {
    guard policy.downsamples else { return }
    for (flag, text, kept, least, what) in [
      ("--retention.raw", raw, policy.retention.raw, BlockRanges.fiveMinutesFrom, "40h, from which on raw blocks"),
      ("--retention.5m", fiveMinutes, policy.retention.fiveMinutes, BlockRanges.oneHourFrom, "10d, from which on 5m blocks"),
    ] where kept != 0 && kept < least {
      throw ValidationError(
        "\(flag) \(text) is less than \(what) are downsampled: Thanos' compactor refuses it, unless with"
          + " --downsampling.disable")
    }
  }

  private func retention(_ flag: String, _ text: String) throws -> Int64 {
    guard let milliseconds = PrometheusDuration.milliseconds(text) else {
      throw ValidationError("\(flag) \(text) is no duration: write one such as 30d or 2y, or 0 to keep for ever")
    }
    return milliseconds
  }
}
