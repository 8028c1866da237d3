import Fixtures
import Platform

/// What `promtool tsdb analyze` printed.
struct PromtoolAnalysis {
  struct Item: Hashable {
    let value: UInt64
    let text: String
  }

  /// `Total Series` and the like.
  private(set) var figures: [String: String] = [:]
  /// The lists by their headings.
  private(set) var lists: [String: [Item]] = [:]

  /// A line of the compaction analysis: `[  1, 100]:  34 ####`.
  struct Step: Equatable {
    let first: UInt64
    let last: UInt64
    let count: UInt64
  }

  /// By what is counted: `samples per float chunk`.
  private(set) var steps: [String: [Step]] = [:]

  init(_ text: String) {
    var heading: String?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
      if line.isEmpty {
        heading = nil
      } else if line.hasPrefix("["), let heading {
        let numbers = line.split { !$0.isNumber }.compactMap { UInt64($0) }
        if numbers.count == 3 {
          steps[heading, default: []].append(Step(first: numbers[0], last: numbers[1], count: numbers[2]))
        }
      } else if line.hasSuffix(":") {
        heading = String(line.dropLast())
        lists[String(line.dropLast())] = []
      } else if let heading, parts.count == 2, let value = UInt64(parts[0]) {
        lists[heading, default: []].append(Item(value: value, text: parts[1]))
      } else if heading == nil, let colon = line.firstIndex(of: ":") {
        figures[String(line[..<colon])] = String(line[colon...].dropFirst(2))
        if line.contains("(min/avg/max)") { heading = line.components(before: " (") }
      }
    }
  }

  /// - Parameter name: of a file in the golden folder.
  init(golden name: String) throws {
    let file = try OpenFile("\(Fixtures.root)/golden/\(name)")
    self.init(String(decoding: try file.read(0..<file.size), as: UTF8.self))
  }
}

extension String {
  fileprivate func components(before separator: String) -> String {
    firstRange(of: separator).map { String(self[..<$0.lowerBound]) } ?? self
  }
}
