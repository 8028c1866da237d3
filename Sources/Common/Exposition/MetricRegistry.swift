import Synchronization

/// Metrics by name, and the text in which Prometheus scrapes them.
///
/// Format: Prometheus' text exposition format 0.0.4.
public final class MetricRegistry: Sendable {
  /// What `Content-Type` says of `text`.
  public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  public enum Kind: String, Sendable { case counter, gauge }

  private struct Family: Sendable {
    let name: String
    let kind: Kind
    let help: String
    var series: [(labels: String, metric: Metric)] = []
  }

  private let families = Mutex<[Family]>([])

  public init() {}

  /// A series, which is shown from now on. The first call for a name decides its kind and help.
  /// - Parameter labels: their names are the caller's own and valid; values may be anything.
  public func metric(
    _ kind: Kind, _ name: String, _ help: String, labels: [(name: String, value: String)] = []
  ) -> Metric {
    let text = Self.text(of: labels)
    return families.withLock { families in
      let place = families.firstIndex { $0.name == name } ?? families.count
      if place == families.count { families.append(Family(name: name, kind: kind, help: help)) }
      if let known = families[place].series.first(where: { $0.labels == text }) { return known.metric }
      let metric = Metric()
      families[place].series.append((text, metric))
      return metric
    }
  }

  /// Every series with its present value, in the order in which they were made.
  public var text: String {
    var text = ""
    for family in families.withLock({ $0 }) {
      text += "# HELP \(family.name) \(Self.escaped(family.help, quotes: false))\n"
      text += "# TYPE \(family.name) \(family.kind.rawValue)\n"
      for series in family.series { text += "\(family.name)\(series.labels) \(Self.text(of: series.metric.value))\n" }
    }
    return text
  }

  private static func text(of labels: [(name: String, value: String)]) -> String {
    if labels.isEmpty { return "" }
    return "{" + labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",") + "}"
  }

  /// As Go's `strconv.ParseFloat` reads it; whole numbers without a point, since people read this too.
  static func text(of value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 { return String(whole) }
    return value.description
  }

  /// - Parameter quotes: whether quotes are escaped too: in the values of labels they are, in help they are not.
  static func escaped(_ text: String, quotes: Bool) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result.append(contentsOf: "\\\\".unicodeScalars)
      case "\n": result.append(contentsOf: "\\n".unicodeScalars)
      case "\"" where quotes: result.append(contentsOf: "\\\"".unicodeScalars)
      default: result.append(scalar)
      }
    }
    return String(result)
  }
}

/// One series: a number that any thread may change.
public final class Metric: Sendable {
  private let number = Mutex(0.0)

  init() {}

  public var value: Double { number.withLock { $0 } }

  /// - Parameter amount: not negative for a counter.
  public func add(_ amount: Double = 1) { number.withLock { $0 += amount } }

  /// For gauges.
  public func set(_ value: Double) { number.withLock { $0 = value } }
}
