public import ArgumentParser
public import Logging
public import ObjectStore
import Platform

/// `--objstore.config-file` and `--objstore.config`, named as in Thanos and read by the same rules.
public struct BucketOptions: ParsableArguments {
  @Option(
    name: .customLong("objstore.config-file"),
    help: ArgumentHelp("The file that describes the bucket, the one your Thanos uses.", valueName: "file"))
  public private(set) var configFile: String?

  @Option(
    name: .customLong("objstore.config"),
    help: ArgumentHelp(
      "The same as text; excludes --objstore.config-file.",
      discussion: """
        Arguments can be read by every user of the machine while the program starts, and by whoever reads the shell's \
        history: write $(NAME) for a secret, which takes it from the environment, or use the file.
        """,
      valueName: "yaml"))
  var config: String?

  public init() {}

  public func validate() throws {
    guard configFile == nil || config == nil else {
      throw ValidationError("--objstore.config-file and --objstore.config exclude each other: give one of them")
    }
  }

  /// The bucket; `nil` if none is named.
  /// - Throws: `ConfigurationError`.
  public func open(logger: Logger, traffic: Traffic = Traffic()) throws -> (any Bucket)? {
    try Self.open(file: configFile, text: config, flag: "--objstore.config", logger: logger, traffic: traffic)
  }

  /// - Parameter flag: the one that gave `text`.
  static func open(
    file: String?, text: String?, flag: String, logger: Logger, traffic: Traffic
  ) throws -> (any Bucket)? {
    if let file {
      return try BucketConfiguration(file: file, environment: Environment.all).open(logger: logger, traffic: traffic)
    }
    if let text {
      // Not in time for everybody who looks, but for most of a run that may take hours.
      ProcessArguments.hide(valuesOf: flag)
      return try BucketConfiguration(parsing: text, name: flag, environment: Environment.all)
        .open(logger: logger, traffic: traffic)
    }
    return nil
  }

  /// The bucket of a command that cannot do without one.
  /// - Throws: `ConfigurationError`, or a usage error if none is named.
  public func openRequired(logger: Logger, traffic: Traffic = Traffic()) throws -> any Bucket {
    guard let bucket = try open(logger: logger, traffic: traffic) else {
      throw ValidationError("no bucket: give --objstore.config-file with the file that your Thanos uses")
    }
    return bucket
  }
}
