public import ArgumentParser
import Glibc
internal import Platform
import Synchronization

/// A program from its first line to its exit status: parsing, signals, errors in one line each.
///
///     Program.main(Inspect.self)
///
/// is all of a program's `main.swift`. The commands only throw.
public enum Program {
  /// Runs the program and ends the process.
  ///
  /// SIGINT and SIGTERM cancel the command's task, which gets the time to leave things in order; the second one ends
  /// the process at once. The main thread only waits, so that the signals are blocked before any other thread starts:
  /// do not use the main actor in a command.
  /// - Parameters:
  ///   - arguments: without the program's name.
  ///   - status: the status that an error means, for those that do not say so themselves (`ErrorWithExitStatus`).
  public static func main<Root: AsyncParsableCommand>(
    _ root: Root.Type, arguments: [String] = Array(CommandLine.arguments.dropFirst()),
    status: @escaping @Sendable (any Error) -> ExitStatus = { _ in .findings }
  ) -> Never {
    Heap.returnLargeBuffers()
    Descriptor.occupyStandardNumbers()
    OpenFileLimit.raise()
    let ended = Semaphore()
    let outcome = Mutex(Outcome(status: .unfinished))
    let run = Mutex(Run())
    do {
      try Interruption.observe { _ in interrupt(run) }
    } catch {
      ErrorOutput.shared.line("\(root._commandName): \(error)")
      exit(ExitStatus.unfinished.rawValue)
    }
    let task = Task {
      var result = await Self.outcome(of: root, arguments: arguments, status: status) {
        run.withLock { $0.isInterrupted }
      }
      result.finish(Output.standard)
      outcome.withLock { $0 = result }
      ended.signal()
    }
    run.withLock {
      $0.task = task
      if $0.isInterrupted { task.cancel() }
    }
    ended.wait()
    outcome.withLock { $0 }.end(root._commandName)
  }

  private struct Run {
    var task: Task<Void, Never>?
    var isInterrupted = false
  }

  private static func interrupt(_ run: borrowing Mutex<Run>) {
    let isSecond = run.withLock { run in
      defer { run.isInterrupted = true }
      run.task?.cancel()
      return run.isInterrupted
    }
    if isSecond {
      ErrorOutput.shared.clearStatusIfFree()
      _exit(ExitStatus.interrupted.rawValue)
    }
    ErrorOutput.shared.line("interrupted: leaving things in order (once more ends at once)")
  }
}
