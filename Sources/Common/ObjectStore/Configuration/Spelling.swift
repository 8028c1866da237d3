/// The word that was probably meant by a misspelt one.
enum Spelling {
  /// The word with the fewest letters changed, left out, added or swapped: at most a third of them.
  static func nearest(to word: String, among words: [String]) -> String? {
    let typed = Array(word.lowercased().utf8.prefix(64))
    return
      words
      .map { (word: $0, distance: distance(typed, Array($0.lowercased().utf8))) }
      .filter { $0.distance <= max(1, $0.word.utf8.count / 3) }
      .min { $0.distance < $1.distance }?
      .word
  }

  /// Levenshtein's distance, a swap of neighbours counted as one.
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (row, byte) in left.enumerated() {
      var current = [row + 1]
      for (column, other) in right.enumerated() {
        var best = min(last[column] + (byte == other ? 0 : 1), last[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, byte == right[column - 1], other == left[row - 1] {
          best = min(best, beforeLast[column - 1] + 1)
        }
        current.append(best)
      }
      (beforeLast, last) = (last, current)
    }
    return last[right.count]
  }
}
