import Fixtures
import Glibc
import Platform

/// One of the three programs, run as a user runs it: its own process, its own exit status.
struct ProgramRun: Sendable {
  /// The negative number of a signal where one ended it.
  let status: Int32
  let output: String
  let error: String
  /// Of its memory, in bytes.
  let peak: UInt64

  /// The programs lie beside the one that runs the tests.
  static let folder: String = {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
    let path = String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
  }()

  /// The root of the package.
  static let root = String(#filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined())

  /// Runs a program of the package to its end.
  static func run(_ name: String, _ arguments: [String], environment: [String: String] = [:]) async throws -> ProgramRun {
    try await run(["\(folder)/\(name)"] + arguments, environment)
  }

  /// Runs a script of the package to its end.
  static func script(_ name: String, _ arguments: [String]) async throws -> ProgramRun {
    try await run(["\(root)/scripts/\(name)"] + arguments, [:])
  }

  /// Runs one of other people's tools to its end: `promtool`.
  static func tool(_ name: String, _ arguments: [String]) async throws -> ProgramRun {
    try await run(["\(root)/.tools/bin/\(name)"] + arguments, [:])
  }

  private static func run(_ words: [String], _ environment: [String: String]) async throws -> ProgramRun {
    try await withCheckedThrowingContinuation { continuation in
      do {
        // Not a thread of the shared pool, which the tests' own code waits for.
        try Thread.start(named: "waiting") {
          continuation.resume(with: Result { try runBlocking(words, environment) })
        }
      } catch {
        continuation.resume(throwing: error)
      }
    }
  }

  /// Nothing is left in the home of whoever runs the tests.
  private static func ownState(_ folder: TemporaryFolder) -> [String: String] {
    ["XDG_STATE_HOME": "\(folder.path)/state", "XDG_CACHE_HOME": "\(folder.path)/cache"]
  }

  private static func runBlocking(_ words: [String], _ environment: [String: String]) throws -> ProgramRun {
    // Files, not pipes: neither stream can fill up while the other is being read.
    let folder = try TemporaryFolder()
    let paths = ["\(folder.path)/output", "\(folder.path)/error"]
    let streams = paths.map { unsafe open($0, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600) }
    defer { for stream in streams { close(stream) } }
    let process = try Spawn.process(
      words, streams: [nil] + streams, environment: environment.merging(ownState(folder)) { given, _ in given })
    let (status, peak) = Spawn.waitWatchingMemory(of: process)
    let texts = try paths.map { String(decoding: try OpenFile($0).readAll(limit: 1 << 30), as: UTF8.self) }
    return ProgramRun(status: status, output: texts[0], error: texts[1], peak: peak)
  }

  /// Starts a program, sends it a signal as soon as it has said something on standard error, and waits for its end.
  /// - Returns: its exit status.
  static func interrupt(_ name: String, _ arguments: [String], with signal: Int32) async throws -> Int32 {
    let pipe = try Spawn.pipe()
    let state = try TemporaryFolder()
    let process = try Spawn.process(
      ["\(folder)/\(name)"] + arguments, streams: [nil, nil, pipe.writer], environment: ownState(state))
    close(pipe.writer)
    return await OwnThread.run {
      var buffer = [UInt8](repeating: 0, count: 4096)
      _ = unsafe read(pipe.reader, &buffer, buffer.count)
      kill(process, signal)
      // Whatever it still has to say must not be stopped by a full pipe.
      while unsafe read(pipe.reader, &buffer, buffer.count) > 0 {}
      close(pipe.reader)
      return Spawn.wait(for: process)
    }
  }
}
