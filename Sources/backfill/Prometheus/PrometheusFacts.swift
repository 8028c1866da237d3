internal import OrderedJSON
internal import Quantities

/// What a running Prometheus says of how it keeps its blocks.
///
/// Source: Prometheus `web/api/v1/api.go` (`/status/flags`, `/status/runtimeinfo`). The flags show the block durations
/// in effect, but "0s" for a retention that is left to its default.
public struct PrometheusFacts: Equatable, Sendable {
  /// `--storage.tsdb.path`, absolute where the working directory is known.
  public var dataPath: String
  /// `--storage.tsdb.min-block-duration`, ms; `nil` where it does not say.
  public var minBlockDuration: Int64?
  /// `--storage.tsdb.max-block-duration`, ms; `nil` where it does not say.
  public var maxBlockDuration: Int64?
  /// How long blocks are kept, ms; `nil` for no such limit, or none known.
  public var retentionTime: Int64?
  /// How many bytes blocks may take; `nil` for no such limit, or none known.
  public var retentionSize: UInt64?

  /// Whether it merges blocks, so that one can go while it is being read.
  public var compacts: Bool {
    guard let minBlockDuration, let maxBlockDuration else { return false }
    return minBlockDuration != maxBlockDuration
  }

  public init(dataPath: String) { self.dataPath = dataPath }

  /// - Parameters:
  ///   - flags: `data` of `/api/v1/status/flags`.
  ///   - runtime: `data` of `/api/v1/status/runtimeinfo`, which Prometheus has since 2.14.
  init(flags: JSONObject, runtime: JSONObject?) {
    func flag(_ name: String) -> String? { flags[name]?.string }
    let path = flag("storage.tsdb.path") ?? ""
    let working = runtime?["CWD"]?.string ?? ""
    dataPath = path.isEmpty || path.hasPrefix("/") || working.isEmpty ? path : "\(working)/\(path)"
    minBlockDuration = flag("storage.tsdb.min-block-duration").flatMap(PrometheusDuration.milliseconds)
    maxBlockDuration = flag("storage.tsdb.max-block-duration").flatMap(PrometheusDuration.milliseconds)
    // What is in effect, the default of 15 days included: "15d", "10GiB", "15d or 10GiB".
    let limits =
      (runtime?["storageRetention"]?.string).map { Self.words($0) }
      ?? ["storage.tsdb.retention.time", "storage.tsdb.retention", "storage.tsdb.retention.size"].compactMap(flag)
    for limit in limits {
      if let time = PrometheusDuration.milliseconds(limit) {
        if retentionTime == nil, time > 0 { retentionTime = time }
      } else if let size = Self.bytes(limit), size > 0 {
        retentionSize = size
      }
    }
    if runtime == nil, retentionTime == nil, retentionSize == nil { retentionTime = 15 * 86_400_000 }
  }

  private static func words(_ text: String) -> [String] {
    text.split(separator: " ").map(String.init).filter { $0 != "or" }
  }

  /// Prometheus' units are powers of 1024 under either name: `1GB` is `1GiB`.
  private static func bytes(_ text: String) -> UInt64? {
    guard let unit = text.dropLast().last, text.hasSuffix("B"), "KMGTPE".contains(unit) else {
      return ByteSize.parse(text)
    }
    return ByteSize.parse(text.dropLast() + "iB")
  }
}
