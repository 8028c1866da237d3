import Quantities

/// Round moments of an axis of time, in UTC.
enum TimeTicks {
  private static let minute = 60_000.0
  private static let hour = 3_600_000.0
  private static let day = 86_400_000.0
  private static let year = 365.25 * day

  /// Lengths that divide a day, and whole days.
  private static let steps: [Double] =
    [1, 5, 15, 30].map { $0 * minute } + [1, 3, 6, 12].map { $0 * hour } + [1, 2, 5, 10].map { $0 * day }

  /// - Parameters:
  ///   - from, until: ms since 1970.
  ///   - count: how many at most.
  /// - Returns: none for a span that is empty or no calendar has (a broken meta.json may say anything).
  static func ticks(from: Double, until: Double, count: Int) -> [Tick] {
    let length = until - from
    guard length.isFinite, length > 0, count > 0, abs(from) < 9000 * year, abs(until) < 9000 * year else { return [] }
    let least = length / Double(count)
    if let step = steps.first(where: { $0 >= least }) {
      let first = (from / step).rounded(.up)
      return (0..<count).map { (first + Double($0)) * step }.filter { $0 <= until }
        .map { Tick(value: $0, text: text($0, step)) }
    }
    return months(from: from, until: until, least: least, count: count)
  }

  /// First days of months: of each, of every third, of every year, of every so many years.
  private static func months(from: Double, until: Double, least: Double, count: Int) -> [Tick] {
    let lengths = [1, 3, 6] + [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map { $0 * 12 }
    let length = lengths.first { Double($0) * year / 12 >= least } ?? 12_000
    // Counted from the year 0, so that they are multiples.
    var month = monthNumber(from) / length * length
    var ticks: [Tick] = []
    while ticks.count <= count {
      guard let time = start(ofMonth: month), Double(time) <= until else { break }
      if Double(time) >= from { ticks.append(Tick(value: Double(time), text: text(ofMonth: month, length))) }
      month += length
    }
    return ticks
  }

  private static func monthNumber(_ time: Double) -> Int {
    let parts = date(time).split(separator: "-")
    guard parts.count == 3, let year = Int(parts[0]), let month = Int(parts[1]) else { return 0 }
    return year * 12 + month - 1
  }

  private static func start(ofMonth month: Int) -> Int64? {
    guard month >= 0 else { return nil }
    return Timestamp.parse("\(padded(month / 12, 4))-\(padded(month % 12 + 1, 2))-01T00:00:00Z")
  }

  private static func text(ofMonth month: Int, _ length: Int) -> String {
    length >= 12 ? padded(month / 12, 4) : "\(padded(month / 12, 4))-\(padded(month % 12 + 1, 2))"
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }

  private static func date(_ time: Double) -> String {
    String(Timestamp.text(Int64(saturating: time), fraction: .none).prefix { $0 != "T" })
  }

  private static func text(_ time: Double, _ step: Double) -> String {
    let text = Timestamp.text(Int64(saturating: time), fraction: .none)
    guard step < day else { return date(time) }
    let clock = text.split(separator: "T").last.map { String($0.prefix(5)) } ?? ""
    // The day once, where it begins.
    return clock == "00:00" ? date(time) : clock
  }

  /// For people: `2023-11-07 14:00`.
  static func moment(_ time: Double) -> String {
    let text = Timestamp.text(Int64(saturating: time), fraction: .none)
    let parts = text.split(separator: "T")
    return parts.count == 2 ? "\(parts[0]) \(parts[1].prefix(5))" : text
  }
}
