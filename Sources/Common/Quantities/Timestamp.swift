/// Times as milliseconds since 1970 and as RFC 3339 text. Every `Int64` has a text; nothing traps.
public enum Timestamp {
  /// Digits after the seconds.
  public enum Fraction: Sendable {
    /// `2023-11-07T00:00:00Z`, cut off.
    case none
    /// As many as are needed, none for whole seconds: `2023-11-07T00:00:00.02Z`.
    case shortest
    /// `2023-11-07T00:00:00.020Z`.
    case milliseconds
    /// `2023-11-07T00:00:00.020000000Z`.
    case nanoseconds
  }

  /// A time in UTC. Years have at least four digits; years before 0 a sign.
  public static func text(_ milliseconds: Int64, fraction: Fraction = .shortest) -> String {
    let (day, inDay) = milliseconds.flooredQuotientAndRemainder(86_400_000)
    let (year, month, dayOfMonth) = civil(day: day)
    let second = inDay / 1000
    var text = Digits()
    if year < 0 { text.add("-") }
    text.add(Int64(year.magnitude), width: 4)
    text.add("-")
    text.add(month, width: 2)
    text.add("-")
    text.add(dayOfMonth, width: 2)
    text.add("T")
    text.add(second / 3600, width: 2)
    text.add(":")
    text.add(second / 60 % 60, width: 2)
    text.add(":")
    text.add(second % 60, width: 2)
    text.add(milliseconds: inDay % 1000, fraction)
    text.add("Z")
    return String(decoding: text.bytes, as: UTF8.self)
  }

  /// Reads RFC 3339: `2023-11-07T00:00:00Z`, with a fraction (cut off after milliseconds) and an offset if need be.
  /// - Returns: milliseconds since 1970; `nil` for what is no such time.
  public static func parse(_ text: String) -> Int64? {
    var cursor = Cursor(rest: Array(text.utf8)[...])
    guard let year = cursor.number(digits: 4), cursor.take("-"),
      let month = cursor.number(digits: 2), (1...12).contains(month), cursor.take("-"),
      let day = cursor.number(digits: 2), (1...days(in: month, of: year)).contains(day),
      cursor.take("T") || cursor.take("t"),
      let hour = cursor.number(digits: 2), hour < 24, cursor.take(":"),
      let minute = cursor.number(digits: 2), minute < 60, cursor.take(":"),
      let second = cursor.number(digits: 2), second < 60,
      let fraction = cursor.fraction(), let offset = cursor.offset(), cursor.rest.isEmpty
    else { return nil }
    let seconds = ((dayNumber(year, month, day) * 24 + hour) * 60 + minute - offset) * 60 + second
    return seconds * 1000 + fraction
  }

  /// A date in the Gregorian calendar, also before its time, from days since 1970.
  ///
  /// Years are counted from March, so that the leap day comes last, in eras of 400 years (146,097 days).
  private static func civil(day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, inEra) = (day + 719_468).flooredQuotientAndRemainder(146_097)
    let yearOfEra = (inEra - inEra / 1460 + inEra / 36_524 - inEra / 146_096) / 365
    let dayOfYear = inEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
  }

  /// Days since 1970 of a date with a year of 0…9999.
  private static func dayNumber(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let marchYear = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = marchYear.flooredQuotientAndRemainder(400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func days(in month: Int64, of year: Int64) -> Int64 {
    switch month {
    case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}

/// The text of a time as far as it is written. A table of ten thousand blocks has thirty thousand of them.
private struct Digits {
  private(set) var bytes: [UInt8] = []

  init() { bytes.reserveCapacity(32) }

  mutating func add(_ character: Unicode.Scalar) { bytes.append(UInt8(ascii: character)) }

  /// - Parameters:
  ///   - number: 0 or more.
  ///   - width: digits, at least.
  mutating func add(_ number: Int64, width: Int) {
    var (rest, count) = (number, 0)
    let start = bytes.count
    repeat {
      bytes.append(0x30 + UInt8(rest % 10))
      rest /= 10
      count += 1
    } while rest > 0 || count < width
    bytes[start...].reverse()
  }

  mutating func add(milliseconds: Int64, _ fraction: Timestamp.Fraction) {
    if fraction == .none || (fraction == .shortest && milliseconds == 0) { return }
    add(".")
    add(milliseconds, width: 3)
    switch fraction {
    case .shortest: while bytes.last == 0x30 { bytes.removeLast() }
    case .nanoseconds: bytes += [0x30, 0x30, 0x30, 0x30, 0x30, 0x30]
    case .none, .milliseconds: break
    }
  }
}

/// The text of a time from where it is still unread.
private struct Cursor {
  var rest: ArraySlice<UInt8>

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard rest.first == UInt8(ascii: character) else { return false }
    rest = rest.dropFirst()
    return true
  }

  mutating func number(digits: Int) -> Int64? {
    let text = rest.prefix(digits)
    guard text.count == digits, text.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    rest = rest.dropFirst(digits)
    return text.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
  }

  /// Milliseconds; 0 where there is no point.
  mutating func fraction() -> Int64? {
    guard take(".") else { return 0 }
    let digits = rest.prefix { (0x30...0x39).contains($0) }
    guard !digits.isEmpty else { return nil }
    rest = rest.dropFirst(digits.count)
    return (Array(digits.prefix(3)) + [0x30, 0x30]).prefix(3).reduce(0) { $0 * 10 + Int64($1 - 0x30) }
  }

  /// Minutes east of UTC.
  mutating func offset() -> Int64? {
    if take("Z") || take("z") { return 0 }
    let isWest = take("-")
    guard isWest || take("+"), let hours = number(digits: 2), hours < 24, take(":"),
      let minutes = number(digits: 2), minutes < 60
    else { return nil }
    return (hours * 60 + minutes) * (isWest ? -1 : 1)
  }
}

extension Int64 {
  /// Division that rounds down, also below zero. `divisor` is positive.
  fileprivate func flooredQuotientAndRemainder(_ divisor: Int64) -> (Int64, Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
