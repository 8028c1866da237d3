import Testing
import Thanos

@Suite("external labels")
struct ExternalLabelsTests {
  struct Good: Sendable {
    let texts: [String]
    let expected: String
  }

  @Test("flags are read as Thanos reads them", arguments: [
    Good(texts: [#"cluster="eu1""#], expected: #"{cluster="eu1"}"#),
    Good(texts: ["cluster=eu1"], expected: #"{cluster="eu1"}"#),
    Good(texts: [#"b="2""#, #"a="1""#], expected: #"{a="1", b="2"}"#),
    Good(texts: [#"a="x=\"y\"\n""#], expected: #"{a="x=\"y\"\n"}"#),
    Good(texts: [#"a="\u00e9\x41""#], expected: #"{a="éA"}"#),
    Good(texts: ["a=`raw\\n`"], expected: #"{a="raw\\n"}"#),
    Good(texts: ["a=b=c"], expected: #"{a="b=c"}"#),
    Good(texts: ["_a1=ü"], expected: #"{_a1="ü"}"#),
  ])
  func good(row: Good) throws {
    #expect(try ExternalLabels(parsing: row.texts).description == row.expected)
  }

  @Test("what is no label is refused with the text", arguments: [
    ["cluster"], ["=x"], ["1a=x"], ["a-b=x"], [#"a="x"#], [#"a="x"y""#], [#"a="\q""#], ["a="], [#"a="""#], ["a=1", "a=2"], ["a='x'"], ["a=x\""],
  ])
  func refused(texts: [String]) {
    let error = #expect(throws: ExternalLabels.Invalid.self) { try ExternalLabels(parsing: texts) }
    #expect(error.map { "\($0)".hasPrefix("label ") } == true)
  }

  @Test("values that only Swift's strings take for equal are different labels")
  func bytes() throws {
    let composed = try ExternalLabels(parsing: ["a=\u{e9}"])
    let decomposed = try ExternalLabels(parsing: ["a=e\u{301}"])
    #expect(composed != decomposed)
    #expect(Set([composed, decomposed]).count == 2)
  }
}
