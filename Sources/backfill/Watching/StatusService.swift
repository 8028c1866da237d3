import Console
public import Exposition
public import Logging
public import ObjectStore
public import PrometheusAPI
import Quantities
public import Shipping

/// What a program that runs for long shows of itself: metrics, probes, and the server for them.
public struct StatusService: Sendable {
  public let registry = MetricRegistry()
  public let metrics: ShipperMetrics
  public let pages: StatusPages
  public let observer: RoundObserver

  public init(uploadsCompacted: Bool) {
    metrics = ShipperMetrics(registry, uploadsCompacted: uploadsCompacted)
    pages = StatusPages(registry)
    observer = RoundObserver(metrics, pages)
    ProcessMetrics.add(to: registry)
  }

  /// The bucket with its operations counted.
  public func metered(_ bucket: any Bucket) -> any Bucket {
    MeteredBucket(bucket, BucketMetrics(registry, bucket: bucket.name))
  }

  /// Does the work with the pages served meanwhile; the server goes down last, however the work ends.
  /// - Parameter address: `nil` to serve nothing.
  /// - Throws: `ListenError`, and what `work` throws.
  public func serve(at address: ListenAddress?, logger: Logger, _ work: () async throws -> Void) async throws {
    guard let address else { return try await work() }
    let server = try await StatusServer.start(address, pages)
    logger.info("serving metrics and probes", metadata: ["address": "\(server.address)"])
    do {
      try await work()
    } catch {
      await server.stop()
      throw error
    }
    await server.stop()
  }

  /// Ships what is new in a data folder until the calling task is cancelled, which is no error then.
  /// - Parameters:
  ///   - prometheus: `--prometheus.url`, and the labels that it gave to the blocks.
  ///   - log: whose logger is given, and which keeps rounds from repeating themselves.
  ///   - run: makes the run of a round, with this service's `observer`.
  public func watch(
    _ path: String, timing: Watch.Timing, prometheus: (url: String, labels: [PrometheusConfiguration.Label])?, log: RoundLog, logger: Logger,
    run: @escaping @Sendable () -> BackfillRun
  ) async throws {
    var watch = Watch(
      timing: timing, metrics: metrics, pages: pages, log: log, logger: logger,
      folder: { try await FolderState.read(path) },
      round: { [observer] in
        observer.begin()
        return observer.end(try await run().run().status)
      })
    if let prometheus {
      let client = try PrometheusClient(try PrometheusAddress(prometheus.url), logger: logger)
      let heartbeat = PrometheusHeartbeat(client, shippingUnder: prometheus.labels, registry, logger: logger)
      watch.heartbeat = { try await heartbeat.beat() }
    }
    logger.info("watching", metadata: ["folder": "\(path)", "interval": "\(PrometheusDuration.text(timing.interval))"])
    try await watch.run()
    logger.info("stopped; a block that was under way is taken up by the next start")
  }
}
