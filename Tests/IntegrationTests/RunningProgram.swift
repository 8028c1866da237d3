import Fixtures
import Glibc
import Platform

/// A program of the package that a test may kill at a moment of its choice.
final class RunningProgram: Sendable {
  private let process: pid_t
  private let folder: TemporaryFolder

  /// One of the package's.
  convenience init(_ name: String, _ arguments: [String]) throws {
    try self.init(words: ["\(ProgramRun.folder)/\(name)"] + arguments)
  }

  /// - Parameter words: the program's path and its arguments.
  init(words: [String]) throws {
    folder = try TemporaryFolder()
    let streams = ["output", "error"].map { [folder] name in
      unsafe open("\(folder.path)/\(name)", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    }
    defer { for stream in streams { close(stream) } }
    process = try Spawn.process(
      words, streams: [nil] + streams, environment: ["XDG_STATE_HOME": "\(folder.path)/state"])
  }

  var error: String { text("error") }
  var output: String { text("output") }

  private func text(_ name: String) -> String {
    String(decoding: (try? OpenFile("\(folder.path)/\(name)").readAll(limit: 1 << 26)) ?? [], as: UTF8.self)
  }

  /// Waits for its end.
  /// - Returns: its exit status, or the negative number of the signal that ended it.
  func wait() async -> Int32 { await OwnThread.run { [process] in Spawn.wait(for: process) } }

  /// Does something as soon as a moment has come, unless the program has ended before.
  /// - Returns: its exit status, likewise.
  func wait(for moment: @escaping @Sendable () -> Bool, then act: @escaping @Sendable (pid_t) -> Void) async -> Int32 {
    await OwnThread.run { [process] in
      while !Self.hasEnded(process) {
        guard !moment() else {
          act(process)
          break
        }
        usleep(200)
      }
      return Spawn.wait(for: process)
    }
  }

  /// Kills it with SIGKILL as soon as a moment has come, unless it has ended before.
  func kill(at moment: @escaping @Sendable () -> Bool) async -> Int32 {
    await wait(for: moment) { Glibc.kill($0, SIGKILL) }
  }

  private static func hasEnded(_ process: pid_t) -> Bool {
    var information = unsafe siginfo_t()
    let result = unsafe waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT)
    return unsafe result != 0 || information.si_signo == SIGCHLD
  }
}
