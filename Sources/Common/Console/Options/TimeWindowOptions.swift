public import ArgumentParser
import Platform
import Quantities

/// `--min-time` and `--max-time`: which part of a block a command is about.
public struct TimeWindowOptions: ParsableArguments {
  // A value that begins with a dash is no flag here.
  @Option(
    name: .customLong("min-time"), parsing: .unconditional,
    help: ArgumentHelp("Only what is of this time or later: RFC 3339, or relative to now as -2h.", valueName: "time"))
  var minTime: String?

  @Option(
    name: .customLong("max-time"), parsing: .unconditional,
    help: ArgumentHelp("Only what is of this time or earlier, written likewise.", valueName: "time"))
  var maxTime: String?

  public init() {}

  public func validate() throws { _ = try times() }

  /// Both ends included, ms since 1970, relative times from this moment; `nil` where all of it is meant.
  /// - Throws: a usage error that names the flag.
  public func times() throws -> ClosedRange<Int64>? {
    let now = WallClock.milliseconds
    let first = try TimeFlag.time(minTime, "--min-time", now: now)
    let last = try TimeFlag.time(maxTime, "--max-time", now: now)
    guard first != nil || last != nil else { return nil }
    guard first ?? .min <= last ?? .max else {
      throw ValidationError("--min-time \(minTime ?? "") is after --max-time \(maxTime ?? ""): nothing can be meant")
    }
    return (first ?? .min)...(last ?? .max)
  }
}

/// The value of a flag that is a time.
public enum TimeFlag {
  /// - Parameter now: ms since 1970, what relative times refer to.
  /// - Returns: ms since 1970; `nil` where the flag was not given.
  /// - Throws: a usage error that names the flag.
  public static func time(_ text: String?, _ flag: String, now: Int64) throws -> Int64? {
    guard let text else { return nil }
    guard let time = TimeBound.parse(text, now: now) else {
      throw ValidationError(
        "\(flag) \(text) is no time: write 2023-11-07T00:00:00Z, or a distance from now such as -30d")
    }
    return time
  }
}
