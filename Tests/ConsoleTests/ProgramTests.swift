import ArgumentParser
import Glibc
import Platform
import Testing

@testable import Console

@Suite struct OutcomeTests {
  @Test("a value that begins with a dash is tied to its flag", arguments: [
    (["--min-time", "-1h", "--max-time", "-2h"], ["--min-time=-1h", "--max-time=-2h"]),
    (["--at", "-1h", "--at", "-2h", "-h"], ["--at=-1h", "--at=-2h", "-h"]),
    (["-1h", "a", "-2"], ["-1h", "a", "-2"]), (["--", "-1h"], ["--", "-1h"]), (["--a", "--", "--b", "-1"], ["--a", "--", "--b", "-1"]),
    (["--a=b", "-1"], ["--a=b", "-1"]), (["--a", "-h"], ["--a", "-h"]), (["--a", "-"], ["--a", "-"]), ([], []),
  ])
  func tied(_ words: [String], _ tied: [String]) { #expect(ValueArguments.tied(words) == tied) }

  struct Odd: Error, CustomStringConvertible {
    var description = "an odd thing\u{1B}[31m\nhappened"
  }

  struct Knowing: ErrorWithExitStatus, CustomStringConvertible {
    let exitStatus = ExitStatus.usage
    let description = "bucket.yaml: line 3: what is this?"
  }

  struct Root: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "root", version: "1.2.3", subcommands: [Act.self, Group.self])
  }

  struct Group: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "group", subcommands: [Inner.self])
  }

  struct Inner: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "inner")
    @Option var size: Int
  }

  struct Act: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "act")
    @Argument var what: String
    func validate() throws {
      if what == "invalid" { throw ValidationError("this\nwill not do") }
      if what == "odd-argument" { throw Odd() }
    }
    func run() async throws {
      switch what {
      case "findings": throw ExitStatus.findings
      case "exit-code": throw ExitCode(3)
      case "unknown-code": throw ExitCode(77)
      case "validation": throw ValidationError("too late")
      case "message": throw CleanExit.message("bye")
      case "odd": throw Odd()
      case "knowing": throw Knowing()
      case "cancelled": throw CancellationError()
      case "pipe": throw FileError(action: "write", path: "standard output", number: EPIPE)
      case "other-pipe": throw FileError(action: "write", path: "/dev/fifo", number: EPIPE)
      default: break
      }
    }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let arguments: [String]
    let outcome: Outcome
    var isInterrupted = false
    var testDescription: String { arguments.joined(separator: " ") + (isInterrupted ? " ^C" : "") }
  }

  @Test(
    "each way to end has its status, its text and its one line",
    arguments: [
      Case(arguments: ["act", "well"], outcome: .init(status: .good)),
      Case(arguments: ["act", "findings"], outcome: .init(status: .findings)),
      Case(arguments: ["act", "exit-code"], outcome: .init(status: .unfinished)),
      Case(arguments: ["act", "unknown-code"], outcome: .init(status: .findings)),
      Case(arguments: ["act", "message"], outcome: .init(status: .good, text: "bye")),
      Case(arguments: ["--version"], outcome: .init(status: .good, text: "1.2.3")),
      Case(
        arguments: ["act", "odd"], outcome: .init(status: .unfinished, message: "an odd thing\\x1b[31m\\nhappened")),
      Case(
        arguments: ["act", "knowing"], outcome: .init(status: .usage, message: "bucket.yaml: line 3: what is this?")),
      Case(arguments: ["act", "pipe"], outcome: .init(status: .outputClosed)),
      Case(
        arguments: ["act", "other-pipe"],
        outcome: .init(status: .unfinished, message: "cannot write /dev/fifo: Broken pipe")),
      Case(arguments: ["act", "cancelled"], outcome: .init(status: .interrupted), isInterrupted: true),
      Case(
        arguments: ["act", "knowing"],
        outcome: .init(status: .interrupted, message: "bucket.yaml: line 3: what is this?"), isInterrupted: true),
      Case(arguments: ["act", "findings"], outcome: .init(status: .interrupted), isInterrupted: true),
      Case(arguments: ["act", "well"], outcome: .init(status: .good), isInterrupted: true),
      // Wrong usage: what is wrong and where help is.
      Case(
        arguments: ["act"],
        outcome: .init(status: .usage, message: "Missing expected argument '<what>' (see 'root act --help')")),
      Case(
        arguments: ["act", "invalid"],
        outcome: .init(status: .usage, message: "this will not do (see 'root act --help')")),
      Case(
        arguments: ["act", "validation"], outcome: .init(status: .usage, message: "too late (see 'root act --help')")),
      Case(
        arguments: ["act", "a", "b\u{1B}"],
        outcome: .init(status: .usage, message: "Unexpected argument 'b\\x1b' (see 'root act --help')")),
      Case(
        arguments: ["act", "odd-argument"],
        outcome: .init(status: .usage, message: "an odd thing\\x1b[31m happened (see 'root act --help')")),
      Case(
        arguments: ["--wrong"], outcome: .init(status: .usage, message: "Unknown option '--wrong' (see 'root --help')")),
      Case(
        arguments: ["group", "inner", "--size", "x"],
        outcome: .init(
          status: .usage, message: "The value 'x' is invalid for '--size <size>' (see 'root group inner --help')")),
      // A script that forgets the subcommand must not read this as "all good".
      Case(
        arguments: [],
        outcome: .init(status: .usage, message: "a subcommand is missing: act, group (see 'root --help')")),
      Case(
        arguments: ["group"],
        outcome: .init(status: .usage, message: "a subcommand is missing: inner (see 'root group --help')")),
    ])
  func ends(_ test: Case) async {
    let outcome = await Program.outcome(of: Root.self, arguments: test.arguments, status: { _ in .unfinished }) {
      test.isInterrupted
    }
    #expect(outcome == test.outcome)
  }

  @Test(
    "help is a good end with the text for standard output",
    arguments: [["--help"], ["-h"], ["help"], ["act", "--help"], ["help", "act"]])
  func help(_ arguments: [String]) async {
    let outcome = await Program.outcome(of: Root.self, arguments: arguments, status: { _ in .findings }) { false }
    #expect(outcome.status == .good)
    #expect(outcome.text.contains(arguments.contains("act") ? "USAGE: root act <what>" : "USAGE: root"))
    #expect(outcome.message == "")
  }

  @Test("the table of statuses for --help")
  func statuses() {
    #expect(
      ExitStatus.help([.good, .findings, .interrupted], words: [.findings: "a block differs"]) == """
        EXIT STATUS:
          0    all good
          1    a block differs
          130  interrupted by SIGINT or SIGTERM
        """)
  }

  @Test("the version names the libraries in use")
  func version() {
    #expect(
      Version.text.wholeMatch(of: /0\.1\.0 \(libcurl \d+\.\d+\.\d+\S*, zlib \d+\.\d+\S*, libzstd \d+\.\d+\.\d+\)/)
        != nil)
  }
}
