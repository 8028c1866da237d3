public import TSDB

/// Something that is not as it should be, with the place.
public struct Finding: Equatable, Sendable {
  public let id: ID
  public let block: ULID?
  /// The path or key of the file concerned.
  public let file: String
  /// Bytes from the start of the file, where the finding has a place in it.
  public let offset: UInt64?
  /// The labels of the series that it is about, as PromQL writes them: `{__name__="up", job="node"}`. A finding without
  /// the name of its series helps nobody (thanos#4470).
  public let series: String?
  /// What is wrong, in words.
  public let message: String
  /// How many of the same this finding stands for.
  public let occurrences: Int

  public var severity: Severity { id.severity }

  public init(
    _ id: ID, block: ULID?, file: String, offset: UInt64? = nil, series: String? = nil, _ message: String,
    occurrences: Int = 1
  ) {
    self.occurrences = occurrences
    self.series = series
    self.id = id
    self.block = block
    self.file = file
    self.offset = offset
    self.message = message
  }

  public enum Severity: String, Comparable, Sendable {
    case note, warning, error

    public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
    private var rank: Int {
      switch self {
      case .note: 0
      case .warning: 1
      case .error: 2
      }
    }
  }
}
