public import Console
public import Exposition
public import Logging
import Platform
public import PrometheusAPI

/// Asks Prometheus, in every round, whether it is up and still has the external labels that blocks are shipped under.
public actor PrometheusHeartbeat {
  private let client: PrometheusClient
  private let logger: Logger
  private let up: Metric
  private let last: Metric
  private let labels: [PrometheusConfiguration.Label]

  /// - Parameter labels: as Prometheus had them when those of the blocks were settled. Between then and the first beat it
  ///   may have been restarted.
  public init(
    _ client: PrometheusClient, shippingUnder labels: [PrometheusConfiguration.Label], _ registry: MetricRegistry,
    logger: Logger
  ) {
    self.client = client
    self.labels = labels
    self.logger = logger
    up = registry.metric(
      .gauge, "thanos_sidecar_prometheus_up", "Whether Prometheus answered (1) or not (0) when it was last asked.")
    last = registry.metric(
      .gauge, "thanos_sidecar_last_heartbeat_success_time_seconds",
      "When Prometheus last answered, in seconds since 1970.")
  }

  /// A Prometheus that does not answer is no error: its blocks are on the disk all the same.
  /// - Throws: `LabelsChanged`, `CancellationError`.
  public func beat() async throws {
    let found: [PrometheusConfiguration.Label]
    do {
      found = try await client.configuration().externalLabels
    } catch let error as CancellationError {
      throw error
    } catch {
      up.set(0)
      logger.warning("Prometheus does not answer; its blocks are shipped all the same", metadata: ["err": "\(error)"])
      return
    }
    up.set(1)
    last.set(Double(WallClock.milliseconds) / 1000)
    guard found.sorted(by: Self.precedes) != labels.sorted(by: Self.precedes) else { return }
    throw LabelsChanged(from: Self.text(labels), to: Self.text(found))
  }

  private static func precedes(_ a: PrometheusConfiguration.Label, _ b: PrometheusConfiguration.Label) -> Bool {
    a.name < b.name
  }

  private static func text(_ labels: [PrometheusConfiguration.Label]) -> String {
    "{" + labels.map { "\($0.name)=\"\($0.value)\"" }.joined(separator: ", ") + "}"
  }
}

/// Prometheus got other external labels while its blocks were being shipped. Nobody can tell by a block which of the two
/// its data belongs to, so the next start decides.
public struct LabelsChanged: ErrorWithExitStatus, CustomStringConvertible {
  public let from: String
  public let to: String
  public var exitStatus: ExitStatus { .unfinished }
  public var description: String {
    "Prometheus' external labels changed from \(from) to \(to); start again to ship new blocks under these"
  }
}
