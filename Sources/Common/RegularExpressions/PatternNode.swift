/// A pattern as it was read. What is greedy and what is captured makes no difference to whether a whole text matches.
indirect enum PatternNode: Sendable {
  case empty
  case set(ScalarSet)
  case position(Position)
  case sequence([PatternNode])
  case choice([PatternNode])
  /// - Parameter most: `nil` for any number.
  case repetition(PatternNode, least: Int, most: Int?)

  /// A place between two characters.
  enum Position: Sendable {
    case textStart
    case textEnd
    case lineStart
    case lineEnd
    case wordBoundary
    case noWordBoundary
  }

  /// How often the innermost of nested repetitions is written out.
  var repetitions: Int {
    switch self {
    case .empty, .set, .position: 1
    case .sequence(let nodes), .choice(let nodes): nodes.map(\.repetitions).max() ?? 1
    case .repetition(let node, let least, let most):
      node.repetitions.multipliedReportingOverflow(by: max(1, most ?? 1, least)).partialValue
    }
  }
}
