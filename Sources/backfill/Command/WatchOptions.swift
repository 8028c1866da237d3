import ArgumentParser
import Quantities
import Watching

/// `--watch`, and the status pages of Thanos' components.
struct WatchOptions: ParsableArguments {
  @Flag(
    name: .customLong("watch"),
    help: "Go on for ever: ship each block as soon as Prometheus has written it, as a sidecar does.")
  var isOn = false

  @Option(
    name: .customLong("watch-interval"),
    help: ArgumentHelp("With --watch: how often to look at the data folder; 30s if not given.", valueName: "duration"))
  var interval: String?

  @Option(
    name: .customLong("http-address"),
    help: ArgumentHelp(
      """
      Where to serve /-/healthy, /-/ready and /metrics while the program runs: host:port, :port or [::1]:port; port 0 \
      for any. With --watch 0.0.0.0:10902 if not given; without, nothing is served then.
      """,
      valueName: "address"))
  var address: String?

  func validate() throws {
    if let interval {
      guard isOn else { throw ValidationError("--watch-interval goes with --watch only") }
      guard let duration = Self.duration(interval), duration >= .seconds(1) else {
        throw ValidationError("--watch-interval \(interval): give a duration of at least 1s, such as 30s or 1m")
      }
    }
    if let address, ListenAddress(address) == nil {
      throw ValidationError("--http-address \(address) is no address: give one such as 0.0.0.0:10902, :10902 or [::1]:10902")
    }
  }

  var timing: Watch.Timing { Watch.Timing(interval: interval.flatMap(Self.duration) ?? .seconds(30)) }

  /// `nil` to serve nothing.
  var listenAddress: ListenAddress? { address.flatMap(ListenAddress.init) ?? (isOn ? .standard : nil) }

  private static func duration(_ text: String) -> Duration? { GoDuration.parse(text) ?? PrometheusDuration.parse(text) }
}
