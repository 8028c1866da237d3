/// Sums over the chunks of a group of series.
struct GroupTotals: Sendable {
  var chunks: UInt64 = 0
  var samples: UInt64 = 0
  /// Bytes in the segments.
  var bytes: UInt64 = 0
  var intervals = IntervalVotes()
}

/// What a piece of a segment adds to its groups: neighbouring chunks mostly belong to the same one.
struct GroupRuns: Sendable {
  struct Run: Sendable {
    let group: UInt32
    var chunks: UInt64 = 0
    var samples: UInt64 = 0
    var bytes: UInt64 = 0
  }

  private(set) var runs: [Run] = []
  private(set) var intervals: [(group: UInt32, interval: UInt32, times: UInt32)] = []

  mutating func add(_ group: UInt32, samples: UInt64, bytes: UInt64) {
    if runs.last?.group != group { runs.append(Run(group: group)) }
    let last = runs.count - 1
    runs[last].chunks &+= 1
    runs[last].samples &+= samples
    runs[last].bytes &+= bytes
  }

  mutating func add(_ group: UInt32, interval: UInt32, times: UInt32) { intervals.append((group, interval, times)) }
}

extension [GroupTotals] {
  mutating func add(_ more: GroupRuns) {
    for run in more.runs {
      makeRoom(for: run.group)
      self[Int(run.group)].chunks &+= run.chunks
      self[Int(run.group)].samples &+= run.samples
      self[Int(run.group)].bytes &+= run.bytes
    }
    for (group, interval, times) in more.intervals {
      makeRoom(for: group)
      self[Int(group)].intervals.add(interval, times: times)
    }
  }

  /// Adds a chunk of which only the bytes are known.
  mutating func add(_ group: UInt32, bytes: UInt64) {
    makeRoom(for: group)
    self[Int(group)].chunks &+= 1
    self[Int(group)].bytes &+= bytes
  }

  private mutating func makeRoom(for group: UInt32) {
    if Int(group) >= count { append(contentsOf: repeatElement(GroupTotals(), count: Int(group) - count + 1)) }
  }
}
