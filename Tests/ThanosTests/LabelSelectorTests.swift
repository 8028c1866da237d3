import TSDB
import Testing
import Thanos

@Suite("label selectors")
struct LabelSelectorTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let selector: String
    let labels: [String]
    let matches: Bool
    var testDescription: String { "\(selector) on \(labels)" }
  }

  @Test("matchers match as PromQL's do", arguments: [
    Case(selector: #"{cluster="eu1"}"#, labels: ["cluster=eu1"], matches: true),
    Case(selector: #"cluster="eu1""#, labels: ["cluster=eu2"], matches: false),
    Case(selector: "cluster=eu1", labels: ["cluster=eu1"], matches: true),
    Case(selector: #"{cluster!="eu1"}"#, labels: ["cluster=eu2"], matches: true),
    Case(selector: #"{cluster!="eu1"}"#, labels: ["cluster=eu1"], matches: false),
    Case(selector: #"{replica=""}"#, labels: ["cluster=eu1"], matches: true),
    Case(selector: #"{replica!=""}"#, labels: ["cluster=eu1"], matches: false),
    Case(selector: #"{replica=~".*"}"#, labels: ["cluster=eu1"], matches: true),
    Case(selector: #"{replica=~".+"}"#, labels: ["cluster=eu1"], matches: false),
    Case(selector: #"{cluster=~"eu1|us1"}"#, labels: ["cluster=us1"], matches: true),
    Case(selector: #"{cluster=~"eu"}"#, labels: ["cluster=eu1"], matches: false),
    Case(selector: #"{cluster=~"eu|eu1"}"#, labels: ["cluster=eu1"], matches: true),
    Case(selector: #"{cluster!~"eu."}"#, labels: ["cluster=eu1"], matches: false),
    Case(selector: #"{cluster!~"eu"}"#, labels: ["cluster=eu1"], matches: true),
    Case(selector: #"{a="1", b=~"2|3",}"#, labels: ["a=1", "b=3"], matches: true),
    Case(selector: #"{a="1", b=~"2|3"}"#, labels: ["a=1", "b=4"], matches: false),
    Case(selector: #" { a = "x,y}\"z" } "#, labels: [#"a="x,y}\"z""#], matches: true),
    Case(selector: #"a=~`\d+`"#, labels: ["a=12"], matches: true),
    Case(selector: #"a=~`\d+`"#, labels: ["a=١"], matches: false),
    Case(selector: #"a=~`x.y`"#, labels: [#"a="x\ny""#], matches: true),
    Case(selector: #"a=~`(?i)EU[^x]`"#, labels: ["a=eu1"], matches: true),
    Case(selector: "a=\u{e9}", labels: ["a=e\u{301}"], matches: false),
    Case(selector: "a=~`\u{e9}`", labels: ["a=e\u{301}"], matches: false),
  ])
  func matches(row: Case) throws {
    let selector = try LabelSelector(parsing: [row.selector])
    #expect(selector.matches(try ExternalLabels(parsing: row.labels)) == row.matches)
    // What is shown can be read again.
    #expect(try LabelSelector(parsing: [selector.description]) == selector)
  }

  @Test("several selectors all have to match")
  func several() throws {
    let selector = try LabelSelector(parsing: ["a=1", "b!=2"])
    #expect(selector.matches(try ExternalLabels(parsing: ["a=1", "b=3"])))
    #expect(!selector.matches(try ExternalLabels(parsing: ["a=1", "b=2"])))
    #expect(LabelSelector.all.matches(.none))
  }

  @Test("values are read in all of PromQL's quotes", arguments: [
    "{a='x\"y'}", #"{a="x\"y"}"#, "{a=`x\"y`}", #"{a="x\042y"}"#, #"{a='\170\x22y'}"#,
  ])
  func quotes(text: String) throws {
    #expect(try LabelSelector(parsing: [text]).matchers.map(\.value) == ["x\"y"])
  }

  @Test("what is no selector is refused with the reason", arguments: [
    ("", "label name"), ("{}", "label name"), ("{a}", "=~"), ("{1a=\"x\"}", "label name"), ("{a=\"x}", "not closed"),
    ("{a=\"x\"", "expected a comma"), ("a=\"x\"}", "expected a comma"), ("{a=\"x\"} b", "more after its end"),
    ("a='x\"", "not closed"), ("a==x", "double quotes"), ("a=~\"(\"", "without its )"), (#"a="\400""#, "escape"), (#"a="\'""#, "escape"),
    ("a=~\"x(?=y)\"", "ahead"),
    ("a=~\"(?<!x)y\"", "behind"), (#"a=~`(x)\1`"#, "back reference"), ("a=~\"x++\"", "repetition"),
    ("a=~\"[^]\"", "without its ]"), ("a=~\"(?>x)\"", "group"), (#"a="\q""#, "escape"),
  ])
  func refused(text: String, reason: String) {
    let error = #expect(throws: LabelSelector.Invalid.self) { try LabelSelector(parsing: [text]) }
    #expect(error.map { "\($0)".contains(reason) } == true, "\(error.map { "\($0)" } ?? "")")
  }
}
