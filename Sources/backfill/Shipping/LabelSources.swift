public import PrometheusAPI
public import Thanos

/// External labels from several places, put together: all of them count, and where two name the same label they must
/// agree. A wrong choice between two values would mix up two Prometheis.
public struct LabelSources: Sendable {
  private struct Entry {
    let name: String
    let value: String
    /// Whether what Prometheus makes of the value cannot be known from here.
    let isVariable: Bool
    let source: String
  }

  private var entries: [Entry] = []
  /// In words, for the error that none has any.
  private var asked: [String] = []

  public init() {}

  /// `--label`, which knows best what a variable stands for.
  public mutating func add(_ labels: ExternalLabels) {
    entries += labels.labels.map { label in
      Entry(name: label.name, value: label.value, isVariable: false, source: "--label")
    }
  }

  /// - Parameter source: what errors call it: a URL or a file's path.
  public mutating func add(_ configuration: PrometheusConfiguration, from source: String) {
    asked.append(source)
    entries += configuration.externalLabels.map { label in
      Entry(name: label.name, value: label.value, isVariable: label.isVariable, source: source)
    }
  }

  /// - Throws: `PrometheusError` with `.contradiction`, `.badLabel` or `.noLabels`; `ExternalLabels.Invalid`.
  public func merged() throws -> ExternalLabels {
    var known: [Entry] = []
    // Values that are what they say come before those that a variable is in.
    for entry in entries.filter({ !$0.isVariable }) + entries.filter(\.isVariable) {
      guard let other = known.first(where: { $0.name.utf8.elementsEqual(entry.name.utf8) }) else {
        try requireKnown(entry)
        known.append(entry)
        continue
      }
      if entry.isVariable || other.value.utf8.elementsEqual(entry.value.utf8) { continue }
      throw PrometheusError(
        .contradiction, "",
        "external label \(entry.name) is \"\(other.value)\" by \(other.source) and \"\(entry.value)\" by"
          + " \(entry.source); give the one that this Prometheus has")
    }
    guard !known.isEmpty else {
      throw PrometheusError(
        .noLabels, asked.joined(separator: ", "),
        "no external labels: set global.external_labels in Prometheus' configuration as for a sidecar, or give"
          + " --label 'cluster=\"eu1\"', so that Thanos can tell its blocks from others")
    }
    return try ExternalLabels(known.map { (name: $0.name, value: $0.value) })
  }

  private func requireKnown(_ entry: Entry) throws(PrometheusError) {
    guard entry.isVariable else { return }
    throw PrometheusError(
      .badLabel, entry.source,
      "external label \(entry.name) is \"\(entry.value)\", in which Prometheus may replace variables from its own"
        + " environment; give --prometheus.url, or --label with the value that it has")
  }
}
