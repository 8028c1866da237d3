public import ArgumentParser

/// `--tsdb.path`, named as in Thanos.
public struct DataDirectoryOptions: ParsableArguments {
  @Option(
    name: .customLong("tsdb.path"),
    help: ArgumentHelp("Prometheus' data folder (its --storage.tsdb.path). It is only read.", valueName: "folder"))
  public var path: String?

  public init() {}

  public func validate() throws {
    if path?.isEmpty == true { throw ValidationError("--tsdb.path is empty: give Prometheus' data folder") }
  }
}
