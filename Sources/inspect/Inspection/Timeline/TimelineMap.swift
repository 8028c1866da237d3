import Console
public import Platform
import Quantities
import TSDB
import Thanos

/// Timelines as a map of characters: one line a label set and resolution, a column a stretch of time.
public struct TimelineMap: Sendable {
  /// What a column is drawn with.
  public struct Symbols: Sendable {
    /// By compaction level: 1, 2, 3, and 4 or more.
    let levels: [Character]
    let gap: Character
    let partialGap: Character
    let overlap: Character
    let tick: Character

    public static let blocks = Symbols(levels: ["░", "▒", "▓", "█"], gap: "·", partialGap: "┆", overlap: "╳", tick: "│")
    public static let ascii = Symbols(levels: ["1", "2", "3", "4"], gap: ".", partialGap: ":", overlap: "X", tick: "|")

    /// Those that the user's locale can show, by the first of the variables that POSIX asks for the character set.
    public static func usual(environment: (String) -> String? = Environment.value) -> Symbols {
      let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap(environment).first { !$0.isEmpty } ?? "C"
      let name = locale.lowercased()
      return name.contains("utf-8") || name.contains("utf8") ? .blocks : .ascii
    }
  }

  private let timelines: [SetTimeline]
  private let symbols: Symbols
  /// The time that the map shows, ms since 1970: not empty.
  private let from: Int64
  private let until: Int64
  private let columns: Int

  /// Columns from one time on the axis to the next.
  private static let tickDistance = 20
  /// Columns of an indented map are at least so many.
  private static let leastColumns = 10

  /// - Parameters:
  ///   - width: columns of the terminal.
  ///   - minTime, maxTime: ms since 1970; what the map is cut to.
  /// - Returns: `nil` where there is nothing to draw.
  public init?(_ timelines: [SetTimeline], width: Int, minTime: Int64?, maxTime: Int64?, symbols: Symbols) {
    let spans = timelines.lazy.flatMap(\.blocks).map(\.span)
    guard let first = spans.map(\.minTime).min(), let last = spans.map(\.maxTime).max() else { return nil }
    from = max(first, minTime ?? first)
    // A map of one moment has a width of one millisecond.
    let end = min(last, maxTime ?? last)
    until = max(end, from == .max ? from : from + 1)
    guard from < until else { return nil }
    self.timelines = timelines
    self.symbols = symbols
    columns = max(Self.leastColumns, width)
  }

  /// The lines of the map with its legend, each ending in a newline.
  public var text: String {
    // Without a place for a time there is no axis.
    var lines = [axis].filter { !$0.isEmpty }
    for timeline in timelines {
      lines.append(heading(timeline))
      lines.append(line(timeline))
    }
    lines.append(legend)
    return lines.joined(separator: "\n") + "\n"
  }

  private var legend: String {
    let levels = zip(symbols.levels, ["1", "2", "3", "4+"]).map { "\($0) level \($1)" }.joined(separator: "  ")
    return "\(levels)  \(symbols.overlap) overlap  \(symbols.gap) gap  \(symbols.partialGap) partly a gap"
      + "\na column is \(Self.text(milliseconds: Double(SetTimeline.length(from, until)) / Double(columns)))"
  }

  /// A length for people: `3.6 h`.
  private static func text(milliseconds: Double) -> String {
    let units = [("d", 86_400_000.0), ("h", 3_600_000), ("min", 60_000), ("s", 1000)]
    let (name, length) = units.first { milliseconds >= 2 * $0.1 } ?? ("ms", 1)
    return "\(Decimals.text(milliseconds / length, places: 1)) \(name)"
  }

  private func heading(_ timeline: SetTimeline) -> String {
    func count(_ number: Int, _ name: String) -> String { "\(Cell.grouped(Int64(number))) \(name)\(number == 1 ? "" : "s")" }
    let parts = [
      count(timeline.blocks.count, "block"), count(timeline.gaps.count, "gap"), count(timeline.overlaps.count, "overlap"),
    ]
    let labels = TerminalText.escaped(timeline.set.labels.description)
    return "\(labels) \(timeline.set.resolution.name): \(parts.joined(separator: ", "))"
  }

  private var axis: String {
    // The day is enough where the times on the axis are some days apart.
    let isLong = SetTimeline.length(from, until) / UInt64(columns) >= 48 * 3_600_000 / UInt64(Self.tickDistance)
    var text = ""
    for column in stride(from: 0, to: columns, by: Self.tickDistance) {
      let time = Timestamp.text(moment(column), fraction: .none)
      let shown = isLong ? String(time.prefix { $0 != "T" }) : String(time.replacing("T", with: " ").dropLast(4))
      guard shown.count + 1 <= columns - column else { break }
      text += String(repeating: " ", count: max(0, column - text.count)) + "\(symbols.tick)\(shown)"
    }
    return text
  }

  private func line(_ timeline: SetTimeline) -> String {
    var characters = [Character](repeating: " ", count: columns)
    var levels = [Int64](repeating: 0, count: columns)
    for block in timeline.blocks {
      for column in range(block.span.minTime, block.span.maxTime) { levels[column] = max(levels[column], block.level, 1) }
    }
    for column in 0..<columns where levels[column] > 0 {
      characters[column] = symbols.levels[Int(min(Int64(symbols.levels.count), levels[column])) - 1]
    }
    for gap in timeline.gaps {
      for column in range(gap.from, gap.until) {
        characters[column] = levels[column] == 0 ? symbols.gap : symbols.partialGap
      }
    }
    for overlap in timeline.overlaps {
      for column in range(overlap.from, overlap.until) { characters[column] = symbols.overlap }
    }
    while characters.last == " " { characters.removeLast() }
    return String(characters)
  }

  /// The columns that have any of a time.
  private func range(_ start: Int64, _ end: Int64) -> Range<Int> {
    guard start < until, end > from || (end == start && end == from) else { return 0..<0 }
    let first = max(start, from)
    let last = end > start ? max(first, min(end, until) - 1) : first
    return column(first)..<(column(last) + 1)
  }

  /// - Parameter time: within the map.
  private func column(_ time: Int64) -> Int {
    let product = SetTimeline.length(from, time).multipliedFullWidth(by: UInt64(columns))
    let length = SetTimeline.length(from, until)
    guard product.high < length else { return columns - 1 }
    return min(columns - 1, Int(clamping: length.dividingFullWidth(product).quotient))
  }

  /// The time at which a column begins.
  private func moment(_ column: Int) -> Int64 {
    let product = SetTimeline.length(from, until).multipliedFullWidth(by: UInt64(column))
    return from &+ Int64(bitPattern: UInt64(columns).dividingFullWidth(product).quotient)
  }
}
