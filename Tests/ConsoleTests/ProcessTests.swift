import Foundation
import Testing

@testable import Console

/// What only a real process shows: signals, closed pipes, full disks.
@Suite struct ProcessTests {
  struct Ended: Equatable {
    var status: Int32
    var output: String
    var error: String
  }

  /// The probe lies beside the program that runs the tests.
  private static let probe = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent()
    .appendingPathComponent("ConsoleProbe")

  private final class Probe {
    let process = Process()
    private let output = Foundation.Pipe()
    private let error = Foundation.Pipe()

    init(_ command: String) throws {
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", "exec \"$0\" \(command)", ProcessTests.probe.path]
      process.standardOutput = output
      process.standardError = error
      try process.run()
    }

    /// Waits until the probe has written something.
    func waitUntilReady() -> String { String(decoding: output.fileHandleForReading.availableData, as: UTF8.self) }

    /// Waits until it has written something to standard error.
    func waitForError() -> String { String(decoding: error.fileHandleForReading.availableData, as: UTF8.self) }

    /// Closes the pipe that it writes to, and waits for its end.
    func closeOutput() throws -> Int32 {
      try output.fileHandleForReading.close()
      process.waitUntilExit()
      return process.terminationStatus
    }

    func wait() -> Ended {
      let texts = [output, error].map { String(decoding: $0.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) }
      process.waitUntilExit()
      return Ended(
        status: process.terminationReason == .exit ? process.terminationStatus : -1, output: texts[0], error: texts[1])
    }
  }

  private func run(_ command: String) throws -> Ended { try Probe(command).wait() }

  private static let interrupted = "interrupted: leaving things in order (once more ends at once)\n"

  @Test("the first signal lets the command put things in order", arguments: [SIGINT, SIGTERM])
  func firstSignal(_ signal: Int32) throws {
    let probe = try Probe("wait")
    #expect(probe.waitUntilReady() == "ready\n")
    kill(probe.process.processIdentifier, signal)
    #expect(probe.wait() == Ended(status: 130, output: "in order\n", error: Self.interrupted))
  }

  @Test("the second signal ends a command that does not listen")
  func secondSignal() throws {
    let probe = try Probe("wait --stubborn")
    #expect(probe.waitUntilReady() == "ready\n")
    kill(probe.process.processIdentifier, SIGTERM)
    // Two signals of a kind at the same time are one.
    #expect(probe.waitForError() == Self.interrupted)
    kill(probe.process.processIdentifier, SIGTERM)
    #expect(probe.wait() == Ended(status: 130, output: "", error: ""))
  }

  @Test("statuses arrive, and what was printed before them", arguments: [0, 1, 2, 3])
  func statuses(_ status: Int32) throws {
    #expect(try run("end \(status)") == Ended(status: status, output: "before the end\n", error: ""))
  }

  @Test("a reader that goes away ends the program without a word")
  func closedPipe() throws {
    let ended = try run("lines 1000000 | head -n 1; exit")
    #expect(ended == Ended(status: 0, output: "line 0\n", error: ""))
    // Without a shell between, so that the status can be seen.
    let probe = try Probe("lines 1000000")
    #expect(probe.waitUntilReady().hasPrefix("line 0\n"))
    #expect(try probe.closeOutput() == 141)
  }

  struct Lost: Sendable {
    let command: String
    let reason: String
  }

  @Test(
    "output that cannot be written is never a good end",
    arguments: [
      Lost(command: "lines 1 >/dev/full", reason: "No space left on device; free some and run it again"),
      Lost(command: "lines 100000 >/dev/full", reason: "No space left on device; free some and run it again"),
      Lost(command: "--help >/dev/full", reason: "No space left on device; free some and run it again"),
      Lost(command: "lines 1 >&-", reason: "Bad file descriptor"),
    ])
  func lostOutput(_ test: Lost) throws {
    let ended = try run(test.command)
    #expect(ended == Ended(status: 3, output: "", error: "probe: cannot write standard output: \(test.reason)\n"))
  }

  @Test("all standard descriptors may be closed")
  func closedDescriptors() throws {
    #expect(try run("end 2 <&- >&- 2>&-").status == 2)
  }

  @Test("a progress that is not on a terminal leaves no control characters")
  func progress() throws {
    let ended = try run("draw --steps 3 --progress auto")
    #expect(ended == Ended(status: 0, output: "done\n", error: ""))
  }
}
