/// When meta.json files are written. A block is there for Thanos from that moment on.
public enum Publishing: String, CaseIterable, Sendable {
  /// Each block's as soon as its data has arrived, and those of all older blocks were written.
  case each
  /// All of them oldest first at the end, when the data of every block has arrived: a compactor that looks at the bucket
  /// in between plans no ranges with gaps (thanos#2753).
  case together
}

/// Lets one block after the other through, in the order of their numbers.
actor Turns {
  private var next = 0
  private var done: Set<Int> = []
  private var waiting: [Int: CheckedContinuation<Void, Never>] = [:]

  /// Returns when every number below has ended.
  func wait(for number: Int) async {
    guard number > next else { return }
    await withCheckedContinuation { waiting[number] = $0 }
  }

  /// A number's turn has ended, or will never be used.
  func end(_ number: Int) {
    done.insert(number)
    while done.remove(next) != nil {
      next += 1
      waiting.removeValue(forKey: next)?.resume()
    }
  }
}
