import Quantities

/// How much a run is to check: `--budget`.
public enum Budget: Equatable, Sendable {
  /// Of the blocks' files.
  case bytes(UInt64)
  case time(Duration)

  /// Reads a size (`20GiB`) or a duration (`10m`, `1h30m`). A size needs a unit with a B, in which it differs from ten
  /// minutes.
  /// - Returns: `nil` for what is neither, or nothing at all.
  public init?(_ text: String) {
    if let duration = GoDuration.parse(text) ?? PrometheusDuration.parse(text), duration > .zero {
      self = .time(duration)
    } else if text.hasSuffix("B") || text.hasSuffix("b"), let bytes = ByteSize.parse(text), bytes > 0 {
      self = .bytes(bytes)
    } else {
      return nil
    }
  }

  /// - Parameters:
  ///   - size: bytes checked so far.
  ///   - time: since the first block began.
  func isUsedUp(size: UInt64, time: Duration) -> Bool {
    switch self {
    case .bytes(let bytes): size >= bytes
    case .time(let duration): time >= duration
    }
  }
}

extension Budget: CustomStringConvertible {
  public var description: String {
    switch self {
    case .bytes(let bytes): ByteSize.text(bytes)
    case .time(let duration): PrometheusDuration.text(duration)
    }
  }
}
