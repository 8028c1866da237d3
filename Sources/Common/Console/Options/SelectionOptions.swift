public import ArgumentParser
import Platform
import Quantities
import TSDB
public import Thanos

/// `--id`, `--min-time`, `--max-time` and `--selector`: which blocks a command is about.
public struct SelectionOptions: ParsableArguments {
  @Option(
    name: .customLong("id"), parsing: .singleValue,
    help: ArgumentHelp("Only this block. Give it once for each.", valueName: "ULID"))
  var ids: [String] = []

  // A value that begins with a dash is no flag here.
  @Option(
    name: .customLong("min-time"), parsing: .unconditional,
    help: ArgumentHelp(
      "Only blocks with data at or after this time: RFC 3339, or relative to now as -30d.", valueName: "time"))
  var minTime: String?

  @Option(
    name: .customLong("max-time"), parsing: .unconditional,
    help: ArgumentHelp("Only blocks with data at or before this time, written likewise.", valueName: "time"))
  var maxTime: String?

  @Option(
    name: .customLong("selector"), parsing: .singleValue,
    help: ArgumentHelp(
      "Only blocks whose external labels match, as '{cluster=\"eu1\", replica=~\"a|b\"}'. May be given again.",
      valueName: "matchers"))
  var selectors: [String] = []

  public init() {}

  public func validate() throws { _ = try selection() }

  /// The selection, with relative times from this moment.
  public func selection() throws -> BlockSelection { try selection(now: WallClock.milliseconds) }

  /// - Parameter now: ms since 1970, what relative times refer to.
  /// - Throws: a usage error that names the flag.
  public func selection(now: Int64) throws -> BlockSelection {
    var selection = BlockSelection()
    for text in ids {
      guard let ulid = ULID(text) else {
        throw ValidationError("--id \(text) is no block's ULID: 26 characters as in 01M81B088QDAD3JHFN4993ETCA")
      }
      selection.ids.insert(ulid)
    }
    selection.minTime = try TimeFlag.time(minTime, "--min-time", now: now)
    selection.maxTime = try TimeFlag.time(maxTime, "--max-time", now: now)
    if let minTime = selection.minTime, let maxTime = selection.maxTime, minTime > maxTime {
      throw ValidationError(
        "--min-time \(Timestamp.text(minTime)) is after --max-time \(Timestamp.text(maxTime)): no block can be meant")
    }
    do {
      selection.selector = try LabelSelector(parsing: selectors)
    } catch {
      throw ValidationError("--\(error)")
    }
    return selection
  }
}
