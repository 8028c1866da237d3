import Foundation

/// One of the three programs, run as a user runs it: its own process, its own exit status.
struct ProgramRun: Sendable {
  let status: Int32
  let output: String
  let error: String

  /// The programs lie beside the one that runs the tests.
  static let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

  /// The root of the package.
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Starts a program without waiting for it.
  static func start(
    _ program: URL, _ arguments: [String], environment: [String: String] = [:], output: Any, error: Any
  ) throws -> Process {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = output
    process.standardError = error
    process.standardInput = FileHandle.nullDevice
    try process.run()
    return process
  }

  /// Runs a program of the package to its end. Blocks a thread of its own, not one of Swift's pool.
  static func run(_ name: String, _ arguments: [String], environment: [String: String] = [:]) async throws -> ProgramRun {
    try await run(folder.appendingPathComponent(name), arguments, environment: environment)
  }

  /// Runs a script of the package.
  static func script(_ name: String, _ arguments: [String]) async throws -> ProgramRun {
    try await run(root.appendingPathComponent("scripts/\(name)"), arguments)
  }

  private static func run(
    _ program: URL, _ arguments: [String], environment: [String: String] = [:]
  ) async throws -> ProgramRun {
    try await withCheckedThrowingContinuation { continuation in
      Foundation.Thread.detachNewThread {
        continuation.resume(with: Result { try runBlocking(program, arguments, environment) })
      }
    }
  }

  private static func runBlocking(
    _ program: URL, _ arguments: [String], _ environment: [String: String]
  ) throws -> ProgramRun {
    // Files, not pipes: neither stream can fill up while the other is being read.
    let texts = try (0..<2).map { _ in try ScratchOutput() }
    let process = try start(
      program, arguments, environment: environment, output: texts[0].handle, error: texts[1].handle)
    process.waitUntilExit()
    let status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    return ProgramRun(status: status, output: try texts[0].text(), error: try texts[1].text())
  }

  private struct ScratchOutput {
    let handle: FileHandle

    init() throws {
      let path = NSTemporaryDirectory() + "/blockhaul-output-\(UUID().uuidString)"
      _ = FileManager.default.createFile(atPath: path, contents: nil)
      handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
      try FileManager.default.removeItem(atPath: path)
    }

    func text() throws -> String {
      try handle.seek(toOffset: 0)
      return String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
    }
  }
}
