/// Goes through texts with a program: it is in all places at once that what was read so far can lead to, so that time is
/// the text's length by the program's at most, and never grows in any other way.
///
/// Where nothing asks for positions, the sets of places that come up are numbered, and what each ASCII character leads to
/// is remembered, so that most texts take a look into a table for each character.
struct PatternMachine: Sendable {
  private let program: PatternProgram
  private var places: PlaceSet
  private var following: PlaceSet

  /// Sets of places that are remembered; beyond that all are forgotten, and learned anew.
  private static let mostStates = 1_000
  private var states: [[Int]: Int] = [:]
  private var members: [[Int]] = []
  private var matches: [Bool] = []
  /// 128 for each state; -1 for what is not known yet.
  private var table: [Int32] = []

  init(_ program: PatternProgram) {
    self.program = program
    places = PlaceSet(count: program.steps.count)
    following = PlaceSet(count: program.steps.count)
  }

  /// Whether the whole of a text matches.
  mutating func matches(_ text: String) -> Bool {
    program.asksForPositions ? matchesByPlaces(text.unicodeScalars) : matchesByTable(text.unicodeScalars)
  }

  // MARK: With positions

  private mutating func matchesByPlaces(_ text: String.UnicodeScalarView) -> Bool {
    var (before, place) = (Unicode.Scalar?.none, text.startIndex)
    places.removeAll()
    var start = true
    while true {
      let after = place < text.endIndex ? text[place] : nil
      if start { enter(0, &places, before, after) }
      start = false
      guard let scalar = after else { return holdsMatch(places.list) }
      let next = text.index(after: place)
      step(places.list, scalar, next < text.endIndex ? text[next] : nil)
      if places.list.isEmpty { return false }
      (before, place) = (scalar, next)
    }
  }

  // MARK: By the table

  private mutating func matchesByTable(_ text: String.UnicodeScalarView) -> Bool {
    var state = startState()
    for scalar in text {
      if members[state].isEmpty { return false }
      let isKnown = scalar.isASCII
      let cell = state * 128 + Int(scalar.value & 127)
      if isKnown, table[cell] >= 0 {
        state = Int(table[cell])
        continue
      }
      step(members[state], scalar, nil)
      let forgot = members.count >= Self.mostStates
      let next = number(of: places.list)
      if isKnown, !forgot { table[cell] = Int32(next) }
      state = next
    }
    return matches[state]
  }

  private mutating func startState() -> Int {
    if !members.isEmpty { return 0 }
    places.removeAll()
    enter(0, &places, nil, nil)
    return number(of: places.list)
  }

  private mutating func number(of list: [Int]) -> Int {
    let sorted = list.sorted()
    if let known = states[sorted] { return known }
    if members.count >= Self.mostStates {
      (states, members, matches, table) = ([:], [], [], [])
      // The first one is where every text begins, which may be this one.
      _ = startState()
      if let known = states[sorted] { return known }
    }
    states[sorted] = members.count
    members.append(sorted)
    matches.append(holdsMatch(sorted))
    table += [Int32](repeating: -1, count: 128)
    return members.count - 1
  }

  // MARK: Places

  private func holdsMatch(_ list: [Int]) -> Bool {
    list.contains { if case .match = program.steps[$0] { true } else { false } }
  }

  /// From `list` over a character, into `places`.
  private mutating func step(_ list: [Int], _ scalar: Unicode.Scalar, _ after: Unicode.Scalar?) {
    following.removeAll()
    var next = following
    following = PlaceSet(count: 0)
    for place in list {
      if case .take(let set) = program.steps[place], program.sets[set].contains(scalar) {
        enter(place + 1, &next, scalar, after)
      }
    }
    following = places
    places = next
  }

  /// Adds a place, and all that it leads to without a character.
  private func enter(
    _ start: Int, _ set: inout PlaceSet, _ before: Unicode.Scalar?, _ after: Unicode.Scalar?
  ) {
    var waiting = [start]
    while let place = waiting.popLast() {
      guard set.visit(place) else { continue }
      switch program.steps[place] {
      case .take, .match: set.list.append(place)
      case .jump(let next): waiting.append(next)
      case .split(let one, let other): waiting += [other, one]
      case .position(let position): if Self.holds(position, before, after) { waiting.append(place + 1) }
      }
    }
  }

  private static let word = NamedSets.perl("w")

  private static func holds(
    _ position: PatternNode.Position, _ before: Unicode.Scalar?, _ after: Unicode.Scalar?
  ) -> Bool {
    func isWord(_ scalar: Unicode.Scalar?) -> Bool { scalar.map { word?.contains($0) == true } ?? false }
    return switch position {
    case .textStart: before == nil
    case .textEnd: after == nil
    case .lineStart: before == nil || before == "\n"
    case .lineEnd: after == nil || after == "\n"
    case .wordBoundary: isWord(before) != isWord(after)
    case .noWordBoundary: isWord(before) == isWord(after)
    }
  }
}

/// Some of a program's places, each once.
private struct PlaceSet: Sendable {
  /// Those at which a character is taken, or a match found.
  var list: [Int] = []
  private var visited: [UInt32]
  private var round: UInt32 = 1

  init(count: Int) { visited = [UInt32](repeating: 0, count: count) }

  mutating func removeAll() {
    list.removeAll(keepingCapacity: true)
    round &+= 1
    // Once in four thousand million rounds.
    if round == 0 {
      for place in visited.indices { visited[place] = 0 }
      round = 1
    }
  }

  /// - Returns: whether it is the first visit of the round.
  mutating func visit(_ place: Int) -> Bool {
    if visited[place] == round { return false }
    visited[place] = round
    return true
  }
}
