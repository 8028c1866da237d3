import Testing

@testable import RegularExpressions

/// What Go's `regexp` says of the same patterns as `^(?s:…)$`.
@Suite("regular expressions of RE2's syntax")
struct RegularExpressionTests {
  @Test("a whole text matches", arguments: [
    ("", ""), ("a", "a"), ("a|b", "b"), ("a|", ""), ("|", ""), ("()", ""), ("(a|b)*c", "ababc"), ("a+", "aaa"), ("a?b", "b"),
    ("a{2}", "aa"), ("a{2,}", "aaaa"), ("a{2,3}", "aaa"), ("x{,300}", "x{,300}"), ("a{", "a{"), ("a{b}", "a{b}"), ("a}", "a}"),
    ("]", "]"), ("a{1}{", "a{"), (".", "\n"), ("a.b", "a\nb"), ("(?-s)a.b", "axb"), ("^a$", "a"), ("\\Aa\\z", "a"), ("(?m)a$\n^b", "a\nb"),
    ("[a-c]", "b"), ("[^a-c]", "d"), ("[^a]", "\n"), ("[]a]", "]"), ("[]K]", "]"), ("[^]a]", "b"), ("[a-]", "-"), ("[-a]", "-"),
    ("[a\\-z]", "-"), ("[\\]]", "]"), ("[[]", "["), ("[x&&y]+", "x&y"), ("[a-z--b]+", "a"), ("[[:alpha:]_]+", "a_Z"), ("[[:^alpha:]]", "1"),
    ("[\\d\\s]+", "1 2"), ("[^\\d]", "a"), ("\\d+\\D\\w\\W\\s\\S", "12a_- b"), ("\\pL+", "aß語"), ("\\p{Lu}+", "ÄΩ"), ("\\P{Lu}", "a"),
    ("\\p{^Lu}", "a"), ("[\\p{Lu}0]+", "A0"), ("\\PL", "1"), ("\\p{Any}", "\u{10FFFF}"), ("(?i)abc", "aBC"), ("(?i)s", "ſ"), ("(?i)k", "K"),
    ("(?i)[a-c]+", "ABc"), ("(?i:A)b", "ab"), ("a(?i)b|c", "C"), ("(?i)ä", "Ä"), ("(?U)a+?", "aa"), ("(?P<n>a)(?<m>b)", "ab"), ("(?im-s:A)", "a"),
    ("\\Qa.b\\E+", "a.bb"), ("\\Q(", "("), ("\\x41\\x{1F600}", "A😀"), ("\\101\\0", "A\0"), ("\\n\\t\\r\\f\\v\\a", "\n\t\r\u{C}\u{B}\u{7}"),
    ("\\.\\*\\_\\-\\/", ".*_-/"), ("a\\b.*", "a b"), ("a\\Bb", "ab"), ("(a*)*", "aaa"), ("(a|b|)+", "ab"), ("a*?b+?c??", "aabb"),
    ("é", "é"), ("(foo|.*)+-canary", "x-canary"), (".*x.*x.*", "axbx"), ("a{0}", ""), ("(?:a{10}){10}", String(repeating: "a", count: 100)),
  ])
  func whole(_ pattern: String, _ text: String) throws {
    let expression = try RegularExpression(pattern)
    #expect(expression.matches(text))
    #expect(expression.predicate()(text))
  }

  @Test("and nothing else does", arguments: [
    ("", "a"), ("a", "ab"), ("a", "ba"), ("a|b", "ab"), ("ab|c", "ac"), ("a{2,3}", "aaaa"), ("a{2}", "a"), ("x{,300}", "xx"), ("(?-s).", "\n"),
    ("[a-c]", "B"), ("[^a-c]", "a"), ("\\d", "٣"), ("\\w", "ä"), ("\\p{Lu}", "a"), ("\\P{Lu}", "A"), ("(?i:a)b", "aB"), ("(?i)[^k]", "K"),
    ("e\u{301}", "é"), ("a\\b.*", "ab"), ("a\\Bb", "a b"), ("^^a", "b"), ("a$b", "ab"), ("a$\nb", "a\nb"), ("(?i)(?-i)a", "A"), ("\\Qa\\Eb", "a"),
    ("[[:alpha:]]", "1"), ("(x+x+)+y", "xxx"), ("[.*]", "a"),
  ])
  func nothingElse(_ pattern: String, _ text: String) throws {
    let expression = try RegularExpression(pattern)
    #expect(!expression.matches(text))
    #expect(!expression.predicate()(text))
  }

  @Test("what RE2 refuses is refused in words", arguments: [
    ("(", "( without its )"), ("a)", ") without its ("), ("[", "[ without its ]"), ("[a", "[ without its ]"), ("*", "nothing before it"), ("a|*", "nothing before it"),
    ("a**", "repetition"), ("a++", "repetition"), ("a{2}{3}", "repetition"), ("a{3,2}", "at least 3"), ("a{1001}", "1000"), ("(a{500}){3}", "1000"),
    ("a{99999999999999999999}", "1000"), ("(?=a)", "ahead"), ("(?<!a)", "behind"), ("(?>a)", "(?>"), ("(a)\\1", "back reference"), ("\\8", "escape"),
    ("\\Z", "escape"), ("\\C", "escape"), ("\\", "backslash"), ("[b-a]", "range"), ("\\p{Latin1}", "\\p{Latin1}"), ("[[:what:]]", "[:what:]"),
    ("\\xZ", "hexadecimal"), ("\\x{110000}", "no character"), ("\\x{D800}", "no character"), ("(?P<a", "does not end"), ("(?z)", "(?z"), ("[a-\\d]", "escape"),
  ])
  func refused(_ pattern: String, _ words: String) {
    let error = #expect(throws: InvalidPattern.self) { _ = try RegularExpression(pattern) }
    #expect(error?.reason.contains(words) == true, "\(error?.reason ?? "")")
  }

  @Test("no pattern takes longer than text and pattern are long", .timeLimit(.minutes(1)), arguments: [
    "(x+x+)+y", "(x|x)*y", "(x*)*y", "(.*)*y", "(foo|.*)+-canary", ".*x.*x.*x.*y", "(x?){500}y", "(\\bx*)*y", "((x*)*)*y", "[xX]*(?i)x*y",
  ])
  func linear(_ pattern: String) throws {
    let matches = try RegularExpression(pattern).predicate()
    #expect(!matches(String(repeating: "x", count: 3000)))
    if pattern.hasSuffix("y"), !pattern.hasSuffix("canary"), pattern != "(x?){500}y", pattern != "(\\bx*)*y" {
      #expect(matches(String(repeating: "x", count: 3000) + "y"))
    }
  }

  @Test("groups in each other are bounded")
  func deep() throws {
    let deep = { (count: Int) in String(repeating: "(", count: count) + "a" + String(repeating: ")", count: count) }
    #expect(try RegularExpression(deep(400)).matches("a"))
    #expect(throws: InvalidPattern.self) { _ = try RegularExpression(deep(100_000)) }
  }

  @Test("with and without its table, and when it forgets what it learned, a machine says the same", arguments: [1, 2, 3, 4])
  func table(_ seed: UInt64) throws {
    var random = seed &* 0x9E37_79B9_7F4A_7C15
    func pick(_ count: Int) -> Int {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((random >> 33) % UInt64(count))
    }
    // 2^12 sets of places: more than are remembered.
    let pattern = "(a|b)*a" + String(repeating: "(a|b)", count: 12)
    let matches = try RegularExpression(pattern).predicate()
    for _ in 0..<200 {
      let text = (0..<(13 + pick(60))).map { _ in pick(2) == 0 ? "a" : "b" }.joined()
      #expect(matches(text) == (Array(text)[text.count - 13] == "a"))
    }
  }
}
