public import ArgumentParser
public import ObjectStore

/// How much of a download goes at a time, and how fast; Thanos has no names for it.
public struct DownloadOptions: ParsableArguments {
  @OptionGroup var limit: RateOptions

  @Option(
    help: ArgumentHelp("Objects and parts of them under way at a time; 0 for \(Traffic().requests).", valueName: "number"))
  var concurrency = 0

  public init() {}

  public func validate() throws { try RateOptions.validate(concurrency, of: "--concurrency") }

  public var traffic: Traffic { limit.traffic(concurrency) }
}
