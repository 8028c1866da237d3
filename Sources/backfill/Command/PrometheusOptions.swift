import ArgumentParser
import Quantities
import Shipping
import Thanos

/// Where external labels and the data folder come from: flags, a running Prometheus, or its file.
struct PrometheusOptions: ParsableArguments {
  @Option(
    name: .customLong("label"), parsing: .singleValue,
    help: ArgumentHelp(
      "External label of this Prometheus, name=\"value\". Give it once for each. Prometheus' own must not differ.",
      valueName: "label"))
  var labels: [String] = []

  @Option(
    name: .customLong("prometheus.url"),
    help: ArgumentHelp(
      """
      The running Prometheus: its external labels are taken, and what it may do to its blocks is warned of. Without \
      --tsdb.path, one on this machine is asked for that too.
      """,
      valueName: "url"))
  var url: String?

  @Option(
    name: .customLong("prometheus.ready_timeout"),
    help: ArgumentHelp("How long to wait for it to get ready; 10m if not given.", valueName: "duration"),
    transform: PrometheusOptions.duration)
  var readyTimeout: Duration = .seconds(600)

  @Option(
    name: .customLong("prometheus.config-file"),
    help: ArgumentHelp("Prometheus' own configuration, for its external labels.", valueName: "file"))
  var configFile: String?

  @Flag(
    name: .customLong("snapshot"),
    help:
      """
      Have Prometheus write a snapshot and send that, what is in memory only included. Needs --prometheus.url and \
      Prometheus' --web.enable-admin-api.
      """
  )
  var snapshot = false

  @Flag(
    name: .customLong("snapshot.remove"),
    help: "Remove the snapshot at the end, however the run ended; nothing else in the data folder is ever touched.")
  var removesSnapshot = false

  /// - Parameter path: `--tsdb.path`.
  func validate(path: String?) throws {
    if snapshot, url == nil {
      throw ValidationError("--snapshot needs --prometheus.url, the Prometheus that is to write it")
    }
    if removesSnapshot, !snapshot { throw ValidationError("--snapshot.remove goes with --snapshot only") }
    guard path != nil || url != nil else {
      throw ValidationError("no source: give --tsdb.path with Prometheus' data folder, or --prometheus.url")
    }
    guard !labels.isEmpty || url != nil || configFile != nil else {
      throw ValidationError(
        "no external labels: give --label 'cluster=\"eu1\"' with those of your Prometheus, or --prometheus.url, or"
          + " --prometheus.config-file, so that Thanos can tell its blocks from others")
    }
  }

  /// - Throws: `ExternalLabels.Invalid`.
  func request(path: String?) throws -> SourceRequest {
    var request = SourceRequest(
      path: path, labels: try ExternalLabels(parsing: labels), configFile: configFile, url: url,
      readyTimeout: readyTimeout)
    request.takesSnapshot = snapshot
    request.removesSnapshot = removesSnapshot
    return request
  }

  private static func duration(_ text: String) throws -> Duration {
    guard let duration = GoDuration.parse(text) ?? PrometheusDuration.parse(text), duration >= .zero else {
      throw ValidationError("expected a duration such as 10m or 90s")
    }
    return duration
  }
}
