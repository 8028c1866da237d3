import ArgumentParser
import Console
import Logging

// A program that does nothing but use the console, for the tests that need a real process: signals, closed pipes, full disks.

struct Probe: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe", discussion: ExitStatus.help(words: [.findings: "the probe was told so"]), version: Version.text,
    subcommands: [Wait.self, Lines.self, End.self, Draw.self, Show.self])
}

struct Wait: AsyncParsableCommand {
  @Flag(help: "Go on when cancelled.") var stubborn = false

  func run() async throws {
    try Output.standard.line("ready")
    try Output.standard.flush()
    // Not for ever, so that a test fails instead of hanging.
    for _ in 0..<1000 where stubborn || !Task.isCancelled {
      // A cancelled task does not sleep.
      await Task.detached { try? await Task.sleep(for: .milliseconds(20)) }.value
    }
    try Output.standard.line("in order")
    try Task.checkCancellation()
  }
}

struct Lines: AsyncParsableCommand {
  @Argument var count: Int
  func run() async throws {
    for number in 0..<count { try Output.standard.line("line \(number)") }
  }
}

struct End: ParsableCommand {
  @Argument var status: Int32
  func run() throws {
    try Output.standard.write("before the end\n")
    throw ExitStatus(rawValue: status) ?? .good
  }
}

struct Draw: AsyncParsableCommand {
  @OptionGroup var logging: LoggingOptions
  @OptionGroup var options: ProgressOptions
  @Option(help: "Tenths of a second.") var steps = 40

  func run() async throws {
    let logger = logging.logger("probe")
    let progress = Progress(options.progress, logger: logger)
    progress.begin("uploading", bytes: UInt64(steps) * 10_000_000, blocks: max(1, steps / 10))
    for step in 1...max(1, steps) {
      try await Task.sleep(for: .milliseconds(100))
      progress.advance(bytes: 10_000_000)
      if step.isMultiple(of: 10) {
        progress.finishBlock()
        logger.info("block uploaded", metadata: ["number": "\(step / 10)", "odd": "a \"b\" \u{1B}[31m"])
      }
    }
    progress.finish()
    try Output.standard.line("done")
  }
}

struct Show: AsyncParsableCommand {
  @Option var output = OutputFormat.table

  func run() async throws {
    var table = Table([
      .init("ULID", key: "ulid"), .init("FROM", key: "min_time"), .init("RANGE", key: "range_seconds", .right),
      .init("SERIES", key: "series", .right), .init("SIZE", key: "size_bytes", .right),
      .init("COMPACTED", key: "is_compacted"), .init("LABELS", key: "labels"),
    ])
    table.append([
      .text("01M827QB1MEZG6Y5MJC8DDW8W7"), .time(1_751_241_600_000), .duration(7_199_980), .integer(2_316_976),
      .bytes(1_734_567), .boolean(false), .text("replica=\"a\""),
    ])
    table.append([
      .text("01M827S6E6WRTE1E6SETCF1TQX"), .time(1_751_155_200_020), .duration(194_400_000), .integer(272), .bytes(344),
      .boolean(true), .text("team=\"\u{1B}]0;owned\u{07}\n日本語\""),
    ])
    table.append([.text("café"), .empty, .duration(20), .count(UInt64.max), .bytes(.max), .empty, .text("a,b\tc\\d")])
    try Output.standard.write(table.text(output))
  }
}

Program.main(Probe.self)
