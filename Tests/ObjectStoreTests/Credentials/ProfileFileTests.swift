import Testing

@testable import ObjectStore

@Suite("Credentials: the shared files")
struct ProfileFileTests {
  struct Case: Sendable {
    var text: String
    var kind = ProfileFile.Kind.credentials
    var profiles: [String: [String: String]]
  }

  @Test(
    "profiles are read as AWS' tools read them",
    arguments: [
      Case(text: "", profiles: [:]),
      Case(text: "[default]\na=1\n[b]\nA = 2 \n", profiles: ["default": ["a": "1"], "b": ["a": "2"]]),
      Case(text: "\u{FEFF}[default]\r\na = 1\r\n\r\nb = 2\r\n", profiles: ["default": ["a": "1", "b": "2"]]),
      Case(text: "[ x ] ; behind\na = x=y==\n", profiles: ["x": ["a": "x=y=="]]),
      Case(
        text: "# c\n; c\n[d]\n#a = 1\na = 1 # c\nb = 2#3\nc = 4\t;c\nd = ;5",
        profiles: [
          "d": ["a": "1", "b": "2#3", "c": "4", "d": ""]
        ]),
      // Nested keys belong to the key above them, an indented section has keys all the same.
      Case(text: "[d]\ns3 =\n  a = 1\n  b = 2\nc = 3", profiles: ["d": ["s3": "", "c": "3"]]),
      Case(text: "[d]\n  a = 1\n  b = 2\n[e]\n\ta = 3", profiles: ["d": ["a": "1", "b": "2"], "e": ["a": "3"]]),
      Case(text: "[d]\na = 1\n[e]\n[d]\na = 2\nb = 3", profiles: ["d": ["a": "2", "b": "3"], "e": [:]]),
      Case(text: "a = 0\n[d]\nno equals sign\n[unclosed\nb = 1", profiles: ["d": [:]]),
      Case(
        text: "[default]\na=1\n[profile x]\na=2\n[profile \"y z\"]\na=3", kind: .config,
        profiles: [
          "default": ["a": "1"], "x": ["a": "2"], "y z": ["a": "3"],
        ]),
      Case(
        text: "[x]\na=1\n[sso-session s]\nb=2\n[profile]\nc=3\n[profiles y]\nd=4\n[services s]\ne =\n  f = 1",
        kind: .config, profiles: [:]),
      Case(text: "[profile x]\na=1", profiles: ["profile x": ["a": "1"]]),
    ])
  func read(_ test: Case) {
    #expect(ProfileFile(Array(test.text.utf8), test.kind).profiles == test.profiles)
  }

  @Test("bytes that are no UTF-8 stop nothing")
  func foreign() {
    let file = ProfileFile([0xFF, 10] + Array("[d]\na = 1".utf8), .credentials)
    #expect(file.profiles == ["d": ["a": "1"]])
  }

  @Test(
    "a command is split into words without a shell",
    arguments: [
      ("", []), ("a b  c", ["a", "b", "c"]), ("'a b' \"c d\"e", ["a b", "c de"]),
      ("a\\ b \"\\\"x\\\\y\\n\"", ["a b", "\"x\\y\\n"]),
      ("a ''", ["a", ""]), ("a $(b) | c;d > $E", ["a", "$(b)", "|", "c;d", ">", "$E"]), ("'a\\'", ["a\\"]), ("'a", nil),
      ("a\\", nil), ("\"a\\", nil),
    ] as [(String, [String]?)])
  func words(_ command: String, _ words: [String]?) {
    #expect(CommandWords.split(command) == words)
  }
}
