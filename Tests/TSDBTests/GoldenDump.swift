import CZlib
import Fixtures
import Platform

/// What `promtool tsdb dump` printed of a fixture: a line a sample, `{labels} value timestamp`.
struct GoldenDump {
  struct Sample {
    let timestamp: Int64
    let value: Value
  }

  enum Value {
    case float(Double)
    case histogram(Histogram)
  }

  /// A native histogram as promtool writes it, float or integer alike:
  /// `{count:3, sum:4.5, [-2,-1):1, [-0.001,0.001]:1, (1,2]:1}`, without empty buckets.
  struct Histogram {
    struct Bucket {
      let lower: Double
      let upper: Double
      let count: Double
    }

    var count = 0.0
    var sum = 0.0
    /// Lowest first.
    var buckets: [Bucket] = []
  }

  /// By the text of the labels, `{a="b", c="d"}`.
  private(set) var series: [String: [Sample]] = [:]
  private(set) var samples = 0

  init(_ name: String) throws {
    for line in try Self.lines(of: name) {
      guard let end = line.firstIndex(of: "}"), let space = line.lastIndex(of: " "),
        let timestamp = Int64(line[line.index(after: space)...])
      else { throw Unreadable(line: String(line)) }
      let value = line[line.index(end, offsetBy: 2)..<space]
      series[String(line[...end]), default: []].append(Sample(timestamp: timestamp, value: try Self.value(value)))
      samples += 1
    }
  }

  private static func value(_ text: Substring) throws -> Value {
    if text.hasPrefix("{") { return .histogram(try histogram(text)) }
    guard let number = Double(text) else { throw Unreadable(line: String(text)) }
    return .float(number)
  }

  private static func histogram(_ text: Substring) throws -> Histogram {
    var histogram = Histogram()
    for part in text.dropFirst().dropLast().split(separator: ", ") {
      guard let colon = part.lastIndex(of: ":"), let number = Double(part[part.index(after: colon)...]) else {
        throw Unreadable(line: String(part))
      }
      switch part[..<colon] {
      case "count": histogram.count = number
      case "sum": histogram.sum = number
      case let bounds:
        let ends = bounds.dropFirst().dropLast().split(separator: ",").compactMap { Double($0) }
        guard ends.count == 2 else { throw Unreadable(line: String(part)) }
        histogram.buckets.append(.init(lower: ends[0], upper: ends[1], count: number))
      }
    }
    return histogram
  }

  private static func lines(of name: String) throws -> [Substring] {
    let path = Fixtures.root + "/golden/" + name
    guard let file = unsafe gzopen(path, "rb") else { throw Unreadable(line: path) }
    defer { unsafe _ = gzclose(file) }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe gzread(file, &buffer, UInt32(buffer.count))
      guard count >= 0 else { throw Unreadable(line: path) }
      if count == 0 { break }
      text += buffer[..<Int(count)]
    }
    return String(decoding: text, as: UTF8.self).split(separator: "\n")
  }

  struct Unreadable: Error {
    let line: String
  }
}
