import Quantities

/// How fast a run will probably send, and how that is known.
public struct ExpectedRate: Equatable, Sendable, CustomStringConvertible {
  public enum Origin: Equatable, Sendable {
    /// `--rate`.
    case given
    /// `--limit-rate`: it will not be faster.
    case limit
    /// What the last run into the same bucket reached.
    case lastRun
  }

  public let bytesPerSecond: UInt64
  public let origin: Origin

  public init(_ bytesPerSecond: UInt64, _ origin: Origin) {
    self.bytesPerSecond = bytesPerSecond
    self.origin = origin
  }

  public var description: String {
    let rate = "\(ByteSize.text(bytesPerSecond))/s"
    return switch origin {
    case .given: rate
    case .limit: "\(rate), the limit"
    case .lastRun: "the last run's \(rate)"
    }
  }

  /// The best there is: what was given, else what the last run reached, the limit where that is lower.
  public static func best(given: UInt64?, limit: UInt64?, lastRun: UInt64?) -> ExpectedRate? {
    if let given { return ExpectedRate(given, .given) }
    switch (limit, lastRun) {
    case (let limit?, let lastRun?) where lastRun < limit: return ExpectedRate(lastRun, .lastRun)
    case (let limit?, _): return ExpectedRate(limit, .limit)
    case (nil, let lastRun?): return ExpectedRate(lastRun, .lastRun)
    case (nil, nil): return nil
    }
  }

  /// How long bytes take, to go behind their number: `, about 24s at 50.0 MiB/s`.
  /// - Parameter rate: `nil` where nothing is known of it.
  public static func estimate(of bytes: UInt64, at rate: ExpectedRate?) -> String {
    guard let rate, rate.bytesPerSecond > 0 else { return "; --rate gives an estimate of the time" }
    let (whole, rest) = bytes.quotientAndRemainder(dividingBy: rate.bytesPerSecond)
    let seconds = Int64(clamping: rest > 0 ? whole + 1 : whole)
    return ", about \(PrometheusDuration.text(.seconds(seconds))) at \(rate)"
  }
}
