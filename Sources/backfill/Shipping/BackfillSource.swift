public import Console
import Glibc
public import Logging
import Platform
public import PrometheusAPI
public import Thanos

/// Where blocks come from: a data folder or a snapshot of it, and the external labels they go in under.
public struct BackfillSource: Sendable {
  /// The folder that holds the blocks.
  public let path: String
  public let labels: ExternalLabels
  /// What the running Prometheus said of itself; `nil` where none was asked, or where a snapshot keeps the blocks from
  /// it.
  public let facts: PrometheusFacts?
  /// Those of `labels` that the running Prometheus gave; `nil` where none was asked.
  public fileprivate(set) var prometheusLabels: [PrometheusConfiguration.Label]?
  fileprivate let snapshot: Snapshot?
  fileprivate let removesSnapshot: Bool

  /// Leaves things behind as they were asked for: to be called when no block is read any more, however the run ended.
  /// What fails is logged.
  public func finish(logger: Logger) async {
    guard let snapshot else { return }
    guard removesSnapshot else {
      logger.info("the snapshot stays; remove it when it is no longer needed", metadata: ["folder": "\(snapshot.path)"])
      return
    }
    do {
      try await BlockingPool.shared.run { try snapshot.remove() }
      logger.info("removed the snapshot", metadata: ["folder": "\(snapshot.path)"])
    } catch {
      logger.warning(
        "cannot remove the snapshot; remove it by hand, it keeps deleted blocks on the disk",
        metadata: ["folder": "\(snapshot.path)", "err": "\(error)"])
    }
  }
}

/// What was asked for on the command line, before anything is looked at.
public struct SourceRequest: Sendable {
  /// `--tsdb.path`; `nil` for the one that the running Prometheus names.
  public var path: String?
  public var labels: ExternalLabels
  /// `--prometheus.config-file`.
  public var configFile: String?
  /// `--prometheus.url`.
  public var url: String?
  /// `--prometheus.ready_timeout`.
  public var readyTimeout: Duration
  /// Needs `url`.
  public var takesSnapshot = false
  public var removesSnapshot = false

  public init(
    path: String?, labels: ExternalLabels = .none, configFile: String? = nil, url: String? = nil,
    readyTimeout: Duration = .seconds(600)
  ) {
    self.path = path
    self.labels = labels
    self.configFile = configFile
    self.url = url
    self.readyTimeout = readyTimeout
  }

  /// Asks whom there is to ask. The snapshot comes last, when nothing else can fail any more.
  /// - Throws: `PrometheusError`, `ExternalLabels.Invalid`.
  public func resolve(logger: Logger) async throws -> BackfillSource {
    var sources = LabelSources()
    sources.add(labels)
    if let configFile {
      sources.add(try await BlockingPool.shared.run { try PrometheusConfiguration(file: configFile) }, from: configFile)
    }
    guard let url else {
      return BackfillSource(
        path: path ?? "", labels: try sources.merged(), facts: nil, snapshot: nil, removesSnapshot: false)
    }
    let prometheus = try PrometheusClient(try PrometheusAddress(url), logger: logger)
    try await prometheus.waitUntilReady(timeout: readyTimeout)
    let configuration = try await prometheus.configuration()
    sources.add(configuration, from: url)
    let labels = try sources.merged()
    logger.info("external labels", metadata: ["labels": "\(labels)"])
    let facts = try await prometheus.facts()
    let path = try self.path ?? dataPath(of: facts, at: prometheus.address, logger: logger)
    if prometheus.address.isLoopback, let named = Self.identity(of: facts.dataPath), named != Self.identity(of: path) {
      logger.warning(
        "blocks of another folder than this Prometheus' own get its external labels; is that meant?",
        metadata: ["folder": "\(path)", "prometheus_folder": "\(facts.dataPath)", "url": "\(prometheus.address)"])
    }
    guard takesSnapshot else {
      return BackfillSource(
        path: path, labels: labels, facts: facts, prometheusLabels: configuration.externalLabels, snapshot: nil,
        removesSnapshot: false)
    }
    let snapshot = try await makeSnapshot(by: prometheus, of: path, logger: logger)
    return BackfillSource(
      path: snapshot.path, labels: labels, facts: nil, snapshot: snapshot, removesSnapshot: removesSnapshot)
  }

  /// The data folder as Prometheus names it, where that name means the same here.
  private func dataPath(
    of facts: PrometheusFacts, at address: PrometheusAddress, logger: Logger
  ) throws(PrometheusError) -> String {
    let named = facts.dataPath
    func refusal(_ reason: String) -> PrometheusError {
      PrometheusError(
        .noDataFolder, "\(address)",
        "its data folder is \(named.isEmpty ? "not known" : named), \(reason); give --tsdb.path with where it is here")
    }
    // The same path on another machine may well be another Prometheus' data: its blocks would get the wrong labels.
    guard address.isLoopback else { throw refusal("by its name on its own machine") }
    guard named.hasPrefix("/"), (try? Directory.status(of: named))?.kind == .directory else {
      throw refusal("which is no folder here")
    }
    logger.info("taking the data folder that Prometheus names", metadata: ["folder": "\(named)", "url": "\(address)"])
    return named
  }

  /// What tells folders apart whatever they are called; `nil` where there is none.
  private static func identity(of path: String) -> [UInt64]? {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    return [UInt64(status.st_dev), UInt64(status.st_ino)]
  }

  private func makeSnapshot(
    by prometheus: PrometheusClient, of path: String, logger: Logger
  ) async throws -> Snapshot {
    logger.info("asking Prometheus for a snapshot", metadata: ["url": "\(prometheus.address)"])
    let name: String
    do {
      name = try await prometheus.makeSnapshot()
    } catch {
      let isRefused = (error as? PrometheusError).map { $0.code != .unreachable } ?? false
      if !isRefused {
        logger.warning(
          "Prometheus may go on writing the snapshot, although this run ends; look into its snapshots folder",
          metadata: ["folder": "\(path)/snapshots"])
      }
      throw error
    }
    let address = prometheus.address
    let snapshot = try await BlockingPool.shared.run { try Snapshot(name, of: path, at: address) }
    logger.warning(
      "the snapshot holds what is in memory as a block of its own; Prometheus will write a block of that time, too",
      metadata: ["folder": "\(snapshot.path)"])
    return snapshot
  }
}

extension PrometheusError: ErrorWithExitStatus {
  public var exitStatus: ExitStatus { code == .rejected ? .unfinished : .usage }
}
