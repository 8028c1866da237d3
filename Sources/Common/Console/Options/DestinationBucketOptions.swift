public import ArgumentParser
public import Logging
public import ObjectStore

/// `--objstore-to.config-file` and `--objstore-to.config`: the bucket that a copy goes to, named as in
/// `thanos tools bucket replicate`.
public struct DestinationBucketOptions: ParsableArguments {
  @Option(
    name: .customLong("objstore-to.config-file"),
    help: ArgumentHelp("The file that describes the bucket to copy to.", valueName: "file"))
  var configFile: String?

  @Option(
    name: .customLong("objstore-to.config"),
    help: ArgumentHelp("The same as text, by the rules of --objstore.config.", valueName: "yaml"))
  var config: String?

  public init() {}

  public func validate() throws {
    guard configFile == nil || config == nil else {
      throw ValidationError("--objstore-to.config-file and --objstore-to.config exclude each other: give one of them")
    }
  }

  /// - Throws: `ConfigurationError`, or a usage error if none is named.
  public func openRequired(logger: Logger, traffic: Traffic = Traffic()) throws -> any Bucket {
    let bucket = try BucketOptions.open(
      file: configFile, text: config, flag: "--objstore-to.config", logger: logger, traffic: traffic)
    guard let bucket else {
      throw ValidationError("no bucket to copy to: give --objstore-to.config-file with the file that describes it")
    }
    return bucket
  }
}
