internal import Platform
internal import Yams

/// The external labels in a Prometheus' configuration; everything else in it is passed over.
///
/// Source: Prometheus `config/config.go` (`GlobalConfig.ExternalLabels`, `Load`).
public struct PrometheusConfiguration: Equatable, Sendable {
  /// Who has dealt with `$VAR` and `${VAR}` in values.
  public enum Origin: Sendable {
    /// A running Prometheus: `/api/v1/status/config` shows the values that it uses, replaced where it replaces them.
    case running
    /// A file. Prometheus 3 replaces variables always, Prometheus 2 with `--enable-feature=expand-external-labels`,
    /// from an environment that is not ours.
    case file
  }

  public struct Label: Equatable, Sendable {
    public let name: String
    public let value: String
    /// Whether what Prometheus makes of the value cannot be known from here.
    public let isVariable: Bool
  }

  /// In the order of the configuration, each name once.
  public let externalLabels: [Label]

  /// Bytes. Scrape configurations written by generators can be long.
  private static let maximumLength: UInt64 = 64 << 20

  /// Reads a configuration file. Blocks.
  public init(file path: String) throws(PrometheusError) {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try OpenFile(path).readAll(limit: Self.maximumLength)
    } catch {
      throw PrometheusError(
        .unreadable, "--prometheus.config-file", "\(error); give the path of Prometheus' own configuration",
        cause: error)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw PrometheusError(.malformed, path, "it is not UTF-8 text; is this Prometheus' configuration?")
    }
    try self.init(parsing: text, name: path, origin: .file)
  }

  /// - Parameter name: what errors call it.
  public init(parsing text: String, name: String, origin: Origin) throws(PrometheusError) {
    let root: Node?
    do {
      root = try Yams.Parser(yaml: text, resolver: .basic, encoding: .utf8).nextRoot()
    } catch {
      throw PrometheusError(.malformed, name, "it is no YAML: \(Self.problem(error))")
    }
    guard let root else { throw PrometheusError(.malformed, name, "it is empty; is this Prometheus' configuration?") }
    let whole = try Self.entries(of: root, called: "the whole", name)
    let global = try Self.section("global", of: whole, name)
    let labels = try Self.section("external_labels", of: global, name)
    var found: [Label] = []
    for (key, node) in labels {
      let label = try Self.label(key, node, origin: origin, name)
      if found.contains(where: { $0.name.utf8.elementsEqual(label.name.utf8) }) {
        throw PrometheusError(.malformed, name, "external label \(key) is given twice; keep one of them")
      }
      found.append(label)
    }
    externalLabels = found
  }

  private static func label(
    _ key: String, _ node: Node, origin: Origin, _ name: String
  ) throws(PrometheusError) -> Label {
    guard case .scalar(let scalar) = node else {
      throw PrometheusError(.malformed, name, "external label \(key): expected text")
    }
    // Numbers and booleans are good as text, as go-yaml takes them; nothing at all is the empty text.
    let isNull = scalar.style == .plain && ["~", "null", "Null", "NULL"].contains(scalar.string)
    let value = isNull ? "" : scalar.string
    guard !value.isEmpty else {
      throw PrometheusError(
        .badLabel, name,
        "external label \(key) is empty (is a variable not set in Prometheus' environment?); give it a value there")
    }
    return Label(name: key, value: value, isVariable: origin == .file && value.contains("$"))
  }

  private static func section(
    _ key: String, of map: [(String, Node)], _ name: String
  ) throws(PrometheusError) -> [(String, Node)] {
    guard let node = map.first(where: { $0.0.utf8.elementsEqual(key.utf8) })?.1 else { return [] }
    if case .scalar(let scalar) = node, scalar.style == .plain, ["", "~", "null"].contains(scalar.string) { return [] }
    return try entries(of: node, called: key, name)
  }

  /// A map's entries; those of maps merged in by `<<` behind its own, which win.
  private static func entries(
    of node: Node, called what: String, _ name: String
  ) throws(PrometheusError) -> [(String, Node)] {
    guard case .mapping(let mapping) = node else {
      throw PrometheusError(
        .malformed, name, "\(what): expected a map (`key: value` lines); is this Prometheus' configuration?")
    }
    var own: [(String, Node)] = []
    var merged: [Node] = []
    for (key, value) in mapping {
      guard case .scalar(let word) = key else { continue }
      if word.string == "<<", word.style == .plain {
        if case .sequence(let several) = value { merged += Array(several) } else { merged.append(value) }
      } else {
        own.append((word.string, value))
      }
    }
    for node in merged {
      for entry in try entries(of: node, called: "<<", name)
      where !own.contains(where: { $0.0.utf8.elementsEqual(entry.0.utf8) }) { own.append(entry) }
    }
    return own
  }

  /// The parser's words without the piece of text that it shows: there may be a secret in it.
  private static func problem(_ error: any Error) -> String {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      "line \(mark.line): \(problem)"
    case .duplicatedKeysInMapping(_, let context): "line \(context.mark.line): a key is given twice"
    default: "the text cannot be read"
    }
  }
}
