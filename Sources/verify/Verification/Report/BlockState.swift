extension BlockReport {
  /// What is to be said of the block as a whole.
  public enum State: String, CaseIterable, Sendable {
    case good
    /// Nothing is wrong as far as was seen, and of some file only the size was; or it is no block yet, or no longer.
    case unproved
    case warning
    case bad = "BAD"
    /// Something could not be looked at, and nothing that could be is bad.
    case unfinished
  }

  /// An upload or a deletion under way: nothing of it could be held against anything.
  private var isBareNote: Bool { files.isEmpty && !findings.isEmpty }

  public var state: State {
    switch worst {
    case .error: .bad
    case _ where !unfinished.isEmpty: .unfinished
    case .warning: .warning
    case .note, nil: files.contains(where: \.isUnproved) || isBareNote ? .unproved : .good
    }
  }
}
