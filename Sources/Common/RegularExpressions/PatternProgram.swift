/// A pattern as steps of a machine that is in many places at a time (Thompson's construction): a text is gone through
/// once, whatever the pattern.
struct PatternProgram: Sendable {
  enum Step: Sendable {
    /// Takes a character of the set with this number, and goes on with the next step.
    case take(Int)
    case split(Int, Int)
    case jump(Int)
    case position(PatternNode.Position)
    case match
  }

  private(set) var steps: [Step] = []
  private(set) var sets: [ScalarSet] = []
  /// Whether it asks what lies around a place: then a place's future does not follow from itself alone.
  private(set) var asksForPositions = false

  /// Of repetitions that are written out; RE2 has a limit of the like.
  private static let mostSteps = 200_000

  init(_ node: PatternNode) throws(InvalidPattern) {
    try add(node)
    steps.append(.match)
  }

  private mutating func add(_ node: PatternNode) throws(InvalidPattern) {
    guard steps.count < Self.mostSteps else { throw InvalidPattern(reason: "is too large with its repetitions written out") }
    switch node {
    case .empty: break
    case .set(let set):
      steps.append(.take(number(of: set)))
    case .position(let position):
      asksForPositions = true
      steps.append(.position(position))
    case .sequence(let nodes):
      for node in nodes { try add(node) }
    case .choice(let nodes):
      try addChoice(nodes)
    case .repetition(let node, let least, let most):
      for _ in 0..<least { try add(node) }
      if let most {
        try addOptional(node, most - least)
      } else {
        try addAnyNumber(of: node)
      }
    }
  }

  private mutating func number(of set: ScalarSet) -> Int {
    if let last = sets.last, last == set { return sets.count - 1 }
    sets.append(set)
    return sets.count - 1
  }

  private mutating func addChoice(_ nodes: [PatternNode]) throws(InvalidPattern) {
    var jumps: [Int] = []
    for node in nodes.dropLast() {
      let split = steps.count
      steps.append(.split(split + 1, 0))
      try add(node)
      jumps.append(steps.count)
      steps.append(.jump(0))
      steps[split] = .split(split + 1, steps.count)
    }
    if let last = nodes.last { try add(last) }
    for jump in jumps { steps[jump] = .jump(steps.count) }
  }

  private mutating func addAnyNumber(of node: PatternNode) throws(InvalidPattern) {
    let split = steps.count
    steps.append(.split(split + 1, 0))
    try add(node)
    steps.append(.jump(split))
    steps[split] = .split(split + 1, steps.count)
  }

  private mutating func addOptional(_ node: PatternNode, _ count: Int) throws(InvalidPattern) {
    var splits: [Int] = []
    for _ in 0..<max(0, count) {
      splits.append(steps.count)
      steps.append(.split(steps.count + 1, 0))
      try add(node)
    }
    for split in splits { steps[split] = .split(split + 1, steps.count) }
  }
}
