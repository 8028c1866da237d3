import Fixtures
import OrderedJSON
import Testing

private func parse(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

@Suite("JSON")
struct JSONTests {
  @Test(
    "a document keeps its keys' order and its numbers' digits",
    arguments: [
      #"{"z":1,"a":2,"m":{"b":[],"a":{}}}"#,
      #"[0,-0,1.0,1e400,-1.5E+10,9007199254740993,123456789012345678901234567890]"#,
      #"["","\"","\\","\n\r\t","\u0000\u001f\u007f","é","日本","🙂"]"#, "null", "true", "false", #""text""#, "[]", "{}",
      "[[[[]]]]",
      #"{"":1}"#,
    ])
  func roundTrip(_ text: String) throws {
    let value = try parse(text)
    #expect(value.text() == text)
    #expect(try JSONValue(parsing: value.bytes(indent: "\t")) == value)
  }

  @Test("Prometheus' and Thanos' own meta.json come back byte for byte", arguments: Fixtures.blocks)
  func fixtures(_ block: String) throws {
    let bytes = try Fixtures.bytes(block + "/meta.json")
    let text = String(decoding: bytes, as: UTF8.self)
    let written = try JSONValue(parsing: bytes).text(indent: "\t")
    // Thanos ends its files with a line break, Prometheus does not.
    #expect(written == text || written + "\n" == text)
  }

  @Test(
    "escapes",
    arguments: [
      (#""\u0041\/\b\f""#, "A/\u{8}\u{c}"), (#""\ud83d\ude00""#, "\u{1F600}"), (#""\ud83d""#, "\u{FFFD}"),
      (#""\ude00x""#, "\u{FFFD}x"), (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""\ud83d\ud83d\ude00""#, "\u{FFFD}\u{1F600}"),
      (#""\u00e9""#, "\u{E9}"), (#""\uFFFF""#, "\u{FFFF}"), (#""\u0000""#, "\u{0}"),
    ])
  func escapes(_ text: String, _ expected: String) throws {
    #expect(try parse(text).string == expected)
  }

  @Test(
    "what is no JSON is an error with its place",
    arguments: [
      ("", 0), (" ", 1), ("{", 1), ("[", 1), ("[1", 2), ("[1,", 3), ("[1,]", 3), ("{\"a\"", 4), ("{\"a\":", 5),
      ("{\"a\":1,}", 7),
      ("{a:1}", 1), ("'a'", 0), ("01", 1), ("-", 1), ("1.", 2), (".5", 0), ("1e", 2), ("+1", 0), ("nul", 0),
      ("truex", 4),
      ("\"", 1), ("\"\\", 2), ("\"\\x\"", 2), ("\"\\u12\"", 3), ("\"\\u12G4\"", 3), ("\"a\nb\"", 2), ("1 2", 2),
      ("[1}", 2),
      ("NaN", 0), ("{\"a\":1 \"b\":2}", 7), ("\u{FEFF}{}", 0), ("// x\n1", 0), ("{\"a\":1,\"a\":2}", 7), ("[1]]", 3),
      ("\"\\u+123\"", 3),
    ])
  func refused(_ text: String, _ offset: Int) {
    let error = #expect(throws: JSONError.self) { try parse(text) }
    #expect(error?.offset == offset)
  }

  @Test("keys that differ in their bytes alone are two keys")
  func bytesOfKeys() throws {
    let value = try parse("{\"caf\u{E9}\":1,\"cafe\u{301}\":2}")
    #expect(value.object?["caf\u{E9}"]?.int64 == 1)
    #expect(value.object?["cafe\u{301}"]?.int64 == 2)
  }

  @Test(
    "bytes that are no UTF-8 are an error",
    arguments: [
      [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xC0, 0x80, 0x22], [0xFF],
    ] as [[UInt8]])
  func notUTF8(_ bytes: [UInt8]) {
    #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
  }

  @Test("nesting without end is refused before it exhausts the stack", arguments: ["[", "{\"a\":", "[{\"a\":"])
  func nesting(_ opening: String) {
    let text = String(repeating: opening, count: 100_000)
    #expect(throws: JSONError.self) { try parse(text) }
    #expect(throws: Never.self) { try parse(String(repeating: "[", count: 128) + String(repeating: "]", count: 128)) }
    #expect(throws: JSONError.self) {
      try parse(String(repeating: "[", count: 129) + String(repeating: "]", count: 129))
    }
  }

  @Test("a document cut off anywhere, or with one byte changed, never traps")
  func mutated() throws {
    let bytes = try Fixtures.bytes(Fixtures.blocks[2] + "/meta.json")
    for length in 0..<(bytes.count - 2) {
      #expect(throws: JSONError.self) { try JSONValue(parsing: Array(bytes[..<length])) }
    }
    let seed: UInt64 = 20_231_122
    var state = seed
    for _ in 0..<2_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      var changed = bytes
      changed[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 20)
      if let value = try? JSONValue(parsing: changed) {
        #expect(try JSONValue(parsing: value.bytes()) == value, "seed \(seed)")
      }
    }
  }

  @Test("numbers are what fits, or nothing")
  func numbers() throws {
    #expect(try parse("9223372036854775807").int64 == .max)
    #expect(try parse("-9223372036854775808").int64 == .min)
    #expect(try parse("9223372036854775808").int64 == nil)
    #expect(try parse("1.5").int64 == nil)
    #expect(try parse("1.5").double == 1.5)
    #expect(JSONValue.integer(UInt64.max).text() == "18446744073709551615")
    for (value, text) in [
      (0.0, "0"), (-0.0, "0"), (1.0, "1"), (1.5, "1.5"), (1e15, "1000000000000000.0"), (1e16, "1e+16"),
      (1e300, "1e+300"), (-2e-7, "-2e-07"),
      (.infinity, "null"), (.nan, "null"), (0.1, "0.1"),
    ] as [(Double, String)] {
      #expect(JSONValue.double(value).text() == text)
      #expect(throws: Never.self) { try parse(text) }
    }
  }

  @Test("members are set in place, added at the end and removed")
  func members() throws {
    guard var object = try parse(#"{"a":1,"b":2,"c":3}"#).object else { throw JSONError.unexpected }
    object["b"] = .string("x")
    object["d"] = .null
    object["a"] = nil
    object["none"] = nil
    #expect(JSONValue.object(object).text() == #"{"b":"x","c":3,"d":null}"#)
    #expect(object["d"] == .null && object["a"] == nil)
    #expect(JSONValue.object(object).text(indent: "  ") == "{\n  \"b\": \"x\",\n  \"c\": 3,\n  \"d\": null\n}")
  }
}

extension JSONError {
  fileprivate static var unexpected: any Error { CancellationError() }
}
