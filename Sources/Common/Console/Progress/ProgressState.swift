internal import Quantities

/// What has been done of what, and how fast: everything of a progress display but the display.
struct ProgressState: Sendable {
  /// Seconds that the rate looks back: long enough to be steady, short enough to show a stall.
  private static let window = 15.0

  private(set) var phase: String
  private(set) var doneBytes: UInt64 = 0
  private(set) var totalBytes: UInt64?
  private(set) var doneBlocks = 0
  private(set) var totalBlocks: Int?
  /// Seconds of a clock that never goes back, with the bytes done by then; the oldest one is the start or a window ago.
  private(set) var marks: [(time: Double, bytes: UInt64)]

  init(phase: String, bytes: UInt64?, blocks: Int?, at time: Double) {
    self.phase = phase
    totalBytes = bytes
    totalBlocks = blocks
    marks = [(time, 0)]
  }

  /// Counts bytes that were done; a negative number takes back what has to be done again.
  mutating func advance(bytes: Int64) {
    let (sum, overflow) =
      bytes < 0 ? doneBytes.subtractingReportingOverflow(bytes.magnitude) : doneBytes.addingReportingOverflow(bytes.magnitude)
    doneBytes = overflow ? (bytes < 0 ? 0 : .max) : sum
  }

  mutating func finishBlock() { doneBlocks += 1 }

  /// Remembers how far things are, for the rate.
  mutating func mark(at time: Double) {
    marks.append((time, doneBytes))
    while marks.count > 2, time - marks[1].time >= Self.window { marks.removeFirst() }
  }

  /// Bytes a second over the last seconds; `nil` as long as there is nothing to go by.
  var rate: Double? {
    guard let first = marks.first, let last = marks.last, last.time - first.time >= 1, last.bytes >= first.bytes else {
      return nil
    }
    return Double(last.bytes - first.bytes) / (last.time - first.time)
  }

  /// 0…1, by bytes, or by blocks where the bytes are not known.
  var fraction: Double? {
    if let totalBytes { return totalBytes == 0 ? 1 : min(1, Double(doneBytes) / Double(totalBytes)) }
    if let totalBlocks { return totalBlocks == 0 ? 1 : min(1, Double(doneBlocks) / Double(totalBlocks)) }
    return nil
  }

  /// Seconds to go at the present rate.
  var remaining: Int64? {
    guard let totalBytes, totalBytes > doneBytes, let rate, rate > 0 else { return nil }
    return Int64(exactly: (Double(totalBytes - doneBytes) / rate).rounded(.up))
  }

  /// `3/7 blocks`, or nothing.
  var blocksText: String? {
    guard totalBlocks != nil || doneBlocks > 0 else { return nil }
    return totalBlocks.map { "\(doneBlocks)/\($0) blocks" } ?? "\(doneBlocks) blocks"
  }

  /// `1.20 GiB/4.50 GiB`, or nothing where there are no bytes to speak of.
  var bytesText: String? {
    guard totalBytes != nil || doneBytes > 0 else { return nil }
    return ByteSize.text(doneBytes) + (totalBytes.map { "/" + ByteSize.text($0) } ?? "")
  }

  /// `85.2 MiB/s`.
  var rateText: String? { rate.flatMap { UInt64(exactly: $0.rounded()) }.map { ByteSize.text($0) + "/s" } }

  /// `0:39`, `12:03`, `3:05:00`.
  var remainingText: String? {
    guard let remaining else { return nil }
    func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let (hours, minutes, seconds) = (remaining / 3600, remaining / 60 % 60, remaining % 60)
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(seconds))" : "\(minutes):\(two(seconds))"
  }

  /// The line for a terminal: what matters most comes first, since a narrow terminal cuts the end off.
  var line: String {
    var parts = [TerminalText.escaped(phase)]
    if let fraction {
      let filled = Int(fraction * 20)
      let percent = String(Int(fraction * 100))
      let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 20 - filled)
      parts.append("[\(bar)] \(String(repeating: " ", count: 3 - percent.count))\(percent)%")
    }
    parts += [bytesText, blocksText, rateText, remainingText.map { "ETA \($0)" }].compactMap { $0 }
    return parts.joined(separator: "  ")
  }
}
