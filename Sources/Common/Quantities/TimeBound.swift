/// An end of a time range as Thanos' `--min-time` and `--max-time` take it: a time, or a duration from now.
public enum TimeBound {
  /// Reads RFC 3339 (`2023-11-07T00:00:00Z`) or a duration relative to now with Prometheus' units (`-30d`, `-2h45m`;
  /// without a sign it is in the future).
  /// - Parameter now: ms since 1970.
  /// - Returns: ms since 1970; `nil` for what is neither.
  public static func parse(_ text: String, now: Int64) -> Int64? {
    if let time = Timestamp.parse(text) { return time }
    let isPast = text.hasPrefix("-")
    let digits = isPast || text.hasPrefix("+") ? String(text.dropFirst()) : text
    guard let distance = PrometheusDuration.milliseconds(digits) else { return nil }
    let (time, overflow) = isPast ? now.subtractingReportingOverflow(distance) : now.addingReportingOverflow(distance)
    return overflow ? nil : time
  }
}
