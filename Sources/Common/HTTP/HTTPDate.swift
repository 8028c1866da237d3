import Glibc

/// Points in time as headers and S3's answers write them. All are milliseconds since 1970, UTC, proleptic Gregorian.
public enum HTTPDate {
  private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// `Tue, 27 Mar 2007 19:36:42 GMT` (RFC 9110, 5.6.7).
  public static func header(_ time: Int64) -> String {
    let (day, clock) = split(time)
    let date = civil(day)
    let weekday = days[Int(((day % 7) + 11) % 7)]
    let time = "\(two(clock.hour)):\(two(clock.minute)):\(two(clock.second))"
    return "\(weekday), \(two(date.day)) \(months[date.month - 1]) \(four(date.year)) \(time) GMT"
  }

  /// `20130524T000000Z`, of which V4 takes the first eight characters as the date.
  public static func basic(_ time: Int64) -> String {
    let (day, clock) = split(time)
    let date = civil(day)
    return
      "\(four(date.year))\(two(date.month))\(two(date.day))T\(two(clock.hour))\(two(clock.minute))\(two(clock.second))Z"
  }

  /// Reads `Tue, 27 Mar 2007 19:36:42 GMT`; `nil` for anything else.
  public static func parseHeader(_ text: String) -> Int64? {
    let words = text.split(separator: " ")
    guard words.count == 6, words[5] == "GMT", let day = number(words[1]), let year = number(words[3]),
      let month = months.firstIndex(where: { words[2] == $0 })
    else { return nil }
    let clock = words[4].split(separator: ":", omittingEmptySubsequences: false)
    guard clock.count == 3, let hour = number(clock[0]), let minute = number(clock[1]), let second = number(clock[2])
    else { return nil }
    return join(year, month + 1, day, hour, minute, second, 0)
  }

  /// Reads `2009-10-12T17:50:30.000Z` with or without a fraction; `nil` for anything else.
  public static func parseISO8601(_ text: String) -> Int64? {
    let halves = text.split(separator: "T", omittingEmptySubsequences: false)
    guard halves.count == 2, halves[1].last == "Z" else { return nil }
    let date = halves[0].split(separator: "-", omittingEmptySubsequences: false)
    let clock = halves[1].dropLast().split(separator: ":", omittingEmptySubsequences: false)
    guard date.count == 3, clock.count == 3, let year = number(date[0]), let month = number(date[1]),
      let day = number(date[2]), let hour = number(clock[0]), let minute = number(clock[1])
    else { return nil }
    let seconds = clock[2].split(separator: ".", omittingEmptySubsequences: false)
    guard seconds.count <= 2, let second = number(seconds[0]) else { return nil }
    var milliseconds = 0
    if seconds.count == 2 {
      guard !seconds[1].isEmpty, seconds[1].allSatisfy(\.isNumber) else { return nil }
      let digits = seconds[1].prefix(3)
      guard let value = number(digits) else { return nil }
      milliseconds = value * [100, 10, 1][digits.count - 1]
    }
    return join(year, month, day, hour, minute, second, milliseconds)
  }

  private static func number(_ text: Substring) -> Int? {
    text.count <= 4 && text.utf8.allSatisfy({ $0 &- 0x30 < 10 }) ? Int(text) : nil
  }

  private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

  private static func four(_ value: Int) -> String {
    String(repeating: "0", count: max(0, 4 - "\(value)".count)) + "\(value)"
  }

  private static func split(_ time: Int64) -> (day: Int64, clock: (hour: Int, minute: Int, second: Int)) {
    let seconds = Int64((Double(time) / 1000).rounded(.down))
    let day = Int64((Double(seconds) / 86400).rounded(.down))
    let rest = Int(seconds - day * 86400)
    return (day, (rest / 3600, rest / 60 % 60, rest % 60))
  }

  private static func join(
    _ year: Int, _ month: Int, _ day: Int, _ hour: Int, _ minute: Int, _ second: Int, _ milliseconds: Int
  ) -> Int64? {
    guard 1...12 ~= month, 1...31 ~= day, 0...23 ~= hour, 0...59 ~= minute, 0...60 ~= second else { return nil }
    let seconds = dayNumber(year, month, day) * 86400 + Int64(hour * 3600 + minute * 60 + second)
    return seconds * 1000 + Int64(milliseconds)
  }

  /// Days since 1970 of a date: years counted from March, so that the leap day is the last.
  private static func dayNumber(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return Int64(era * 146_097 + dayOfEra - 719_468)
  }

  private static func civil(_ days: Int64) -> (year: Int, month: Int, day: Int) {
    let shifted = Int(days) + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
  }
}
