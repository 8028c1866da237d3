internal import HTTP
public import Logging
internal import OrderedJSON
internal import Platform
internal import Quantities

/// Asks a running Prometheus. Every error is one line with the way out.
public struct PrometheusClient: Sendable {
  public let address: PrometheusAddress
  private let http: HTTPClient
  private let logger: Logger
  /// How long to wait between two looks at whether it is ready.
  private let interval: Duration

  /// - Throws: `PrometheusError`.
  public init(
    _ address: PrometheusAddress, logger: Logger, interval: Duration = .seconds(1)
  ) throws(PrometheusError) {
    self.address = address
    self.logger = logger
    self.interval = interval
    var configuration = HTTPConfiguration()
    configuration.responseHeaderTimeout = .seconds(30)
    http = try Self.client(configuration, address)
  }

  private static func client(
    _ configuration: HTTPConfiguration, _ address: PrometheusAddress
  ) throws(PrometheusError) -> HTTPClient {
    do {
      return try HTTPClient(configuration)
    } catch {
      throw PrometheusError(.unreachable, "\(address)", "\(error)", cause: error)
    }
  }

  // MARK: Ready

  /// Waits until Prometheus has read its write-ahead log and serves. One that is not up yet is waited for as well.
  ///
  /// - Parameter timeout: how long to wait; it is asked at least once.
  /// - Throws: `PrometheusError` with `.notReady` after the time, or at once with what waiting does not mend.
  public func waitUntilReady(timeout: Duration) async throws {
    let start = ContinuousClock.now
    var lastWord: ContinuousClock.Instant?
    while true {
      guard let reason = try await whyNotReady() else { return }
      let now = ContinuousClock.now
      guard now - start + interval <= timeout else {
        throw PrometheusError(
          .notReady, "\(address)",
          "not ready within \(PrometheusDuration.text(timeout)) (\(reason)); is the address right, and does it run?"
            + " --prometheus.ready_timeout sets how long to wait")
      }
      if lastWord.map({ now - $0 >= .seconds(15) }) ?? true {
        lastWord = now
        logger.warning(
          "waiting for Prometheus to get ready",
          metadata: ["url": "\(address)", "err": "\(reason)", "at_most": "\(PrometheusDuration.text(timeout))"])
      }
      try await Task.sleep(for: interval)
    }
  }

  /// `nil` when it is ready, or when only the answers to come can tell.
  private func whyNotReady() async throws -> String? {
    let response: HTTPResponse
    do {
      response = try await http.send(HTTPRequest(method: .get, url: address.url("/-/ready")), limit: 1 << 20)
    } catch let error as HTTPError {
      switch error.code {
      case .cannotConnect, .broken, .timedOut: return error.reason
      default: throw unreachable(error)
      }
    }
    switch response.status {
    case 502, 503, 504: return "status \(response.status)"
    default: return nil
    }
  }

  // MARK: Questions

  /// The external labels that it uses now.
  /// - Throws: `PrometheusError`.
  public func configuration() async throws -> PrometheusConfiguration {
    let data = try await ask(.get, "/api/v1/status/config", limit: 128 << 20)
    guard let text = data["yaml"]?.string else { throw notPrometheus("its configuration has no text") }
    return try PrometheusConfiguration(parsing: text, name: "\(address)/api/v1/status/config", origin: .running)
  }

  /// How it keeps its blocks.
  /// - Throws: `PrometheusError`.
  public func facts() async throws -> PrometheusFacts {
    let flags = try await ask(.get, "/api/v1/status/flags")
    do {
      return PrometheusFacts(flags: flags, runtime: try await ask(.get, "/api/v1/status/runtimeinfo"))
    } catch let error as PrometheusError where error.code == .notPrometheus || error.code == .rejected {
      logger.debug("no runtime information", metadata: ["err": "\(error)"])
      return PrometheusFacts(flags: flags, runtime: nil)
    }
  }

  /// Has it write a snapshot: hard links to its blocks, and a block of what is in memory only.
  ///
  /// This takes as long as Prometheus needs to write its head.
  /// - Returns: the name of the folder below `snapshots` in its data folder.
  /// - Throws: `PrometheusError`.
  public func makeSnapshot() async throws -> String {
    var configuration = HTTPConfiguration()
    configuration.responseHeaderTimeout = .zero
    let patient = try Self.client(configuration, address)
    let data = try await ask(.post, "/api/v1/admin/tsdb/snapshot", with: patient)
    // The name becomes part of a path.
    guard let name = data["name"]?.string, !name.isEmpty, !name.hasPrefix("."),
      name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") })
    else { throw notPrometheus("the snapshot has no usable name") }
    return name
  }

  // MARK: Requests

  /// - Returns: `data` of a successful answer.
  private func ask(
    _ method: HTTPRequest.Method, _ path: String, limit: Int = 16 << 20, with client: HTTPClient? = nil
  ) async throws -> JSONObject {
    let response: HTTPResponse
    do {
      let request = HTTPRequest(
        method: method, url: address.url(path), headers: HTTPHeaders([("Accept", "application/json")]))
      response = try await (client ?? http).send(request, limit: limit)
    } catch let error as HTTPError {
      throw unreachable(error)
    }
    let answer = (try? JSONValue(parsing: response.body))?.object
    if 200..<300 ~= response.status, answer?["status"]?.string == "success", let data = answer?["data"]?.object {
      return data
    }
    throw refusal(response, answer, path)
  }

  private func refusal(_ response: HTTPResponse, _ answer: JSONObject?, _ path: String) -> PrometheusError {
    let reason = answer?["error"]?.string
    if let reason, reason.lowercased().contains("admin apis disabled") {
      return PrometheusError(
        .adminAPIDisabled, "\(address)",
        "no snapshots: its admin API is off; start Prometheus with --web.enable-admin-api, or leave --snapshot out")
    }
    switch response.status {
    case 401, 403:
      return PrometheusError(
        .accessDenied, "\(address)",
        "status \(response.status) for \(path): credentials are wanted, which are not supported; ask Prometheus itself"
          + " rather than the proxy before it, or give --prometheus.config-file or --label instead")
    case 300..<400:
      let target = response.headers["Location"].map { " to \($0.prefix(200))" } ?? ""
      return notPrometheus("a redirect\(target) for \(path)")
    default: break
    }
    if let reason {
      return PrometheusError(
        .rejected, "\(address)", "\(path) failed with status \(response.status): \(reason.prefix(300))")
    }
    let isHTML = response.headers["Content-Type"]?.lowercased().hasPrefix("text/html") ?? false
    return notPrometheus("\(isHTML ? "an HTML page" : "something else") with status \(response.status) for \(path)")
  }

  private func notPrometheus(_ what: String) -> PrometheusError {
    PrometheusError(
      .notPrometheus, "\(address)",
      "this is not Prometheus' answer: \(what); give the address of Prometheus' own pages, its path prefix included")
  }

  private func unreachable(_ error: HTTPError) -> PrometheusError {
    PrometheusError(.unreachable, "\(address)", "\(error); is --prometheus.url right?", cause: error)
  }
}
