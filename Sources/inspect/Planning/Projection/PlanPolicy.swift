import Glibc
import Quantities
import Thanos

/// How long what is kept, and how it is expected to grow.
public struct PlanPolicy: Equatable, Sendable {
  /// Milliseconds for each resolution; 0 keeps it for ever, as Thanos' `--retention.resolution-…` has it.
  public struct Retention: Equatable, Sendable {
    public var raw: Int64
    public var fiveMinutes: Int64
    public var oneHour: Int64

    public init(raw: Int64 = 0, fiveMinutes: Int64 = 0, oneHour: Int64 = 0) {
      (self.raw, self.fiveMinutes, self.oneHour) = (raw, fiveMinutes, oneHour)
    }

    /// Days; `nil` for ever.
    func days(_ resolution: Resolution) -> Double? {
      let milliseconds =
        switch resolution {
        case .raw: raw
        case .fiveMinutes: fiveMinutes
        default: oneHour
        }
      return milliseconds == 0 ? nil : Double(milliseconds) / PlanTime.day
    }
  }

  public var retention: Retention
  /// In place of what the blocks show: by this share from month to month, above -1.
  public var growth: Double?
  /// Months to look ahead, 1…1200.
  public var months: Int
  /// Whether the compactor downsamples (no `--downsampling.disable`).
  public var downsamples: Bool
  /// Bytes a second, for the time to upload; `nil` leaves that out.
  public var bandwidth: UInt64?

  public init(
    retention: Retention = Retention(), growth: Double? = nil, months: Int = 12, downsamples: Bool = true,
    bandwidth: UInt64? = nil
  ) {
    self.retention = retention
    self.growth = growth
    self.months = min(1200, max(1, months))
    self.downsamples = downsamples
    self.bandwidth = bandwidth
  }

  /// Reads `5%/month`, `-2.5%/month`, `60%/year`.
  /// - Returns: the share a month that it comes to, `nil` for what is none.
  public static func growth(parsing text: String) -> Double? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].hasSuffix("%"), let percent = decimal(parts[0].dropLast()) else { return nil }
    let factor = 1 + percent / 100
    guard factor > 0, factor <= 1000 else { return nil }
    switch parts[1] {
    case "month": return factor - 1
    case "year": return pow(factor, 1.0 / 12) - 1
    default: return nil
    }
  }

  /// Reads the horizon, rounded up to whole months of 730 hours.
  /// - Returns: `nil` for what is no duration, none at all, or more than 100 years.
  public static func months(parsing text: String) -> Int? {
    guard let milliseconds = PrometheusDuration.milliseconds(text), milliseconds > 0 else { return nil }
    let months = (Double(milliseconds) / PlanTime.day / PlanTime.monthDays).rounded(.up)
    return months <= 1200 ? Int(months) : nil
  }

  private static func decimal(_ text: Substring) -> Double? {
    let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }) else {
      return nil
    }
    return Double(text)
  }
}
