public import Exposition
import Synchronization

/// The pages of the status server, as Thanos' components have them.
public final class StatusPages: Sendable {
  public struct Page: Equatable, Sendable {
    public var status = 200
    public var contentType = "text/plain; charset=utf-8"
    public var body: String
  }

  private let registry: MetricRegistry
  private let ready: Metric
  /// Why it is not ready; `nil` when it is.
  private let reason = Mutex<String?>("the first round has not planned yet")

  public init(_ registry: MetricRegistry) {
    self.registry = registry
    func status(_ check: String) -> Metric {
      registry.metric(
        .gauge, "thanos_status", "Whether a check of this process passes (1) or not (0).", labels: [("check", check)])
    }
    status("healthy").set(1)
    ready = status("ready")
  }

  /// Both sides could be read, and the labels are known.
  public func becomeReady() {
    reason.withLock { $0 = nil }
    ready.set(1)
  }

  /// A round has failed. Once ready, it stays so: what is not ready is restarted by some, which would not mend anything.
  public func failed(_ why: String) { reason.withLock { if $0 != nil { $0 = why } } }

  /// - Parameter path: without a query.
  /// - Returns: `nil` where there is no such page.
  public func page(_ path: String) -> Page? {
    switch path {
    case "/-/healthy": return Page(body: "OK")
    case "/-/ready":
      if let reason = reason.withLock({ $0 }) { return Page(status: 503, body: "not ready: \(reason)\n") }
      return Page(body: "OK")
    case "/metrics": return Page(contentType: MetricRegistry.contentType, body: registry.text)
    default: return nil
    }
  }
}
