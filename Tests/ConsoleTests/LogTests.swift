import ArgumentParser
import Logging
import OrderedJSON
import Testing

@testable import Console

@Suite struct LogTests {
  struct Field: Sendable {
    let value: Logger.MetadataValue
    let logfmt: String
  }

  @Test("logfmt quotes a value as go-logfmt does, and what could drive a terminal besides", arguments: [
    Field(value: "plain", logfmt: "plain"),
    Field(value: "", logfmt: ""),
    Field(value: "two words", logfmt: "\"two words\""),
    Field(value: "a=b", logfmt: "\"a=b\""),
    Field(value: "say \"hi\"", logfmt: "\"say \\\"hi\\\"\""),
    Field(value: "back\\slash", logfmt: "back\\slash"),
    Field(value: "back\\slash and space", logfmt: "\"back\\\\slash and space\""),
    Field(value: "null", logfmt: "\"null\""),
    Field(value: "a\nb\r\tc", logfmt: "\"a\\nb\\r\\tc\""),
    Field(value: "\u{1B}[31m\u{9B}", logfmt: "\"\\u001b[31m\\u009b\""),
    Field(value: "日本語", logfmt: "日本語"),
    Field(value: .stringConvertible(42), logfmt: "42"),
    Field(value: .array(["a", "b"]), logfmt: "\"[\\\"a\\\",\\\"b\\\"]\""),
    Field(value: .dictionary(["b": "2", "a": "1"]), logfmt: "\"{\\\"a\\\":\\\"1\\\",\\\"b\\\":\\\"2\\\"}\""),
  ])
  func logfmtValues(_ field: Field) {
    let line = LogFormat.logfmt.line(time: 0, level: .info, message: "m", fields: [("key", field.value)])
    #expect(line == "ts=1970-01-01T00:00:00.000Z level=info msg=m key=\(field.logfmt)")
  }

  @Test("a key loses what would make it two", arguments: [("a b", "ab"), ("a=\"b\"", "ab"), ("\n", "_"), ("näme", "näme")])
  func logfmtKeys(_ key: String, _ expected: String) { #expect(Logfmt.key(key) == expected) }

  @Test("json keeps types, and its own fields against a caller's")
  func json() throws {
    let line = LogFormat.json.line(
      time: 1_700_000_000_123, level: .warning, message: "a \"b\"\n\u{9B}",
      fields: [
        ("level", "mine"), ("count", .stringConvertible(UInt64.max)), ("ratio", .stringConvertible(0.5)),
        ("done", .stringConvertible(true)), ("list", .array(["x"])),
      ])
    #expect(!line.unicodeScalars.contains(where: TerminalText.isUnsafe))
    #expect(
      try JSONValue(parsing: Array(line.utf8)) == .object([
        "ts": .string("2023-11-14T22:13:20.123Z"), "level": .string("warn"), "msg": .string("a \"b\"\n\u{9B}"),
        "level_": .string("mine"), "count": .number("18446744073709551615"), "ratio": .number("0.5"), "done": .bool(true),
        "list": .array([.string("x")]),
      ]))
  }

  @Test("every level has one of the four names of Thanos", arguments: zip(
    Logger.Level.allCases, ["debug", "debug", "info", "info", "warn", "error", "error"]))
  func levels(_ level: Logger.Level, _ name: String) { #expect(level.thanosName == name) }

  private func logger(_ pipe: TestPipe, level: Logger.Level = .info) -> Logger {
    let output = ErrorOutput(pipe.descriptor)
    return Logger(label: "test") { _ in ConsoleLogHandler(level: level, format: .logfmt, output: output) { 0 } }
  }

  @Test("fields come sorted, a line's own over the logger's, the error last")
  func fields() {
    let pipe = TestPipe()
    var logger = logger(pipe)
    logger[metadataKey: "block"] = "b1"
    logger[metadataKey: "zone"] = "z"
    logger.info("hello", metadata: ["block": "b2", "err": "broken", "attempt": "3"])
    #expect(pipe.text() == "ts=1970-01-01T00:00:00.000Z level=info msg=hello attempt=3 block=b2 zone=z err=broken\n")
  }

  @Test("levels below the asked one are not written")
  func filter() {
    let pipe = TestPipe()
    let logger = logger(pipe, level: .warning)
    logger.debug("no")
    logger.info("no")
    logger.warning("yes")
    logger.error("yes")
    #expect(pipe.text().split(separator: "\n").count == 2)
  }

  @Test("lines of many tasks never mix")
  func concurrency() async {
    let pipe = TestPipe()
    let logger = logger(pipe)
    let message = String(repeating: "x", count: 200)
    await withTaskGroup { group in
      for _ in 0..<100 { group.addTask { logger.info("\(message)") } }
    }
    let lines = pipe.text().split(separator: "\n")
    #expect(lines.count == 100)
    #expect(Set(lines) == ["ts=1970-01-01T00:00:00.000Z level=info msg=\(message)"])
  }

  private struct Command: ParsableCommand {
    @OptionGroup var logging: LoggingOptions
  }

  @Test("the options have Thanos' names and defaults")
  func options() throws {
    let byDefault = try Command.parse([]).logging
    #expect(byDefault.level == .info && byDefault.format == .logfmt)
    #expect(byDefault.logger("x").logLevel == .info)
    let asked = try Command.parse(["--log.level", "warn", "--log.format=json"]).logging
    #expect(asked.logger("x").logLevel == .warning && asked.format == .json)
    #expect(throws: (any Error).self) { try Command.parse(["--log.level", "loud"]) }
  }
}
