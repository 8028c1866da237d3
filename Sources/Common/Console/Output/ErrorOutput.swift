internal import Platform
import Synchronization

/// Standard error, shared by log lines, messages and the progress line: a line never lands in the middle of another, and
/// the progress line stays the last.
public final class ErrorOutput: Sendable {
  public static let shared = ErrorOutput(.error)

  private let descriptor: Descriptor
  /// The progress line that is on the terminal; empty for none.
  private let status = Mutex("")
  private static let erase = "\r\u{1B}[K"

  init(_ descriptor: Descriptor) { self.descriptor = descriptor }

  /// Writes a line, in one call to the system. The text must not contain a newline of its own. A failure is ignored: there
  /// is no other place to report it to.
  public func line(_ text: String) {
    status.withLock { status in
      put(status.isEmpty ? text + "\n" : Self.erase + text + "\n" + status)
    }
  }

  /// Shows or replaces the progress line, cut to the width of the terminal.
  func show(status text: String) {
    // Room for the "^C" that a terminal echoes, and for the last column, at which some wrap already.
    let line = TerminalText.prefix(of: text, columns: descriptor.columns - 3)
    status.withLock { status in
      status = line
      put(Self.erase + line)
    }
  }

  /// Takes the progress line away.
  func clearStatus() {
    status.withLock { status in
      if !status.isEmpty { put(Self.erase) }
      status = ""
    }
  }

  /// The same on the way out, when whoever holds the lock may never return.
  func clearStatusIfFree() {
    _ = status.withLockIfAvailable { status in
      if !status.isEmpty { put(Self.erase) }
      status = ""
    }
  }

  /// Runs `body`, which writes to the same terminal by another way, without the progress line.
  func withoutStatus<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) {
    try status.withLock { status throws(Failure) in
      guard !status.isEmpty else { return try body() }
      put(Self.erase)
      defer { put(status) }
      try body()
    }
  }

  private func put(_ text: String) { try? descriptor.write(Array(text.utf8)) }
}
