import Console
import OrderedJSON
import Testing

@testable import Verification

@Suite("verify explain")
struct FindingCatalogueTests {
  @Test(
    "every kind of finding has an explanation of its own, in words and with something to do",
    arguments: Finding.ID.allCases)
  func explained(_ id: Finding.ID) {
    let explanation = id.explanation
    #expect((10...100).contains(explanation.summary.count) && !explanation.summary.contains("\n"))
    for text in [explanation.meaning, explanation.causes, explanation.remedy] { #expect(text.count > 20, "\(id)") }
    #expect(Finding.ID.allCases.filter { $0.explanation.summary == explanation.summary } == [id])
  }

  @Test(
    "what it prints has the ID, the severity, all three parts, and lines that a terminal holds",
    arguments: Finding.ID.allCases)
  func text(_ id: Finding.ID) throws {
    let text = try FindingCatalogue.explanation(of: id.rawValue, .table)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.first == "\(id.rawValue) (\(id.severity.rawValue)): \(id.explanation.summary)")
    #expect(lines.filter { $0.first?.isUppercase == true } == ["What it means", "How it may have come about", "What to do"])
    for line in lines where !line.hasPrefix("      ") { #expect(line.count <= 100, "\(line)") }
    #expect(!text.contains("\n\n\n") && text.hasSuffix("\n"))
  }

  @Test("commands are those of this package and of Thanos, with flags that they have", arguments: Finding.ID.allCases)
  func commands(_ id: Finding.ID) {
    let flags: [String: Set<String>] = [
      "verify": ["--tsdb.path", "--objstore.config-file", "--id", "--level", "--repair", "--dry-run"],
      "backfill": [
        "--tsdb.path", "--objstore.config-file", "--label", "--id", "--dry-run", "--min-time", "--max-time",
      ],
      "inspect": ["--tsdb.path", "--objstore.config-file"],
      "thanos": [
        "--objstore.config-file", "--id", "--marker", "--details", "--remove", "--data-dir", "--rewrite.to-delete-config",
        "--no-dry-run", "--compact.enable-vertical-compaction", "--deduplication.replica-label",
      ],
    ]
    let commands = id.explanation.remedy.split(separator: "\n").filter { $0.hasPrefix("    ") }
    for command in commands {
      let words = command.split(separator: " ")
      let known = flags[String(words.first ?? "")]
      #expect(known != nil, "\(command)")
      for word in words where word.hasPrefix("--") {
        #expect(known?.contains(String(word.prefix { $0 != "=" })) == true, "\(command): \(word)")
      }
    }
  }

  @Test("the list names all, errors first, in every format")
  func list() throws {
    let lines = FindingCatalogue.list(.table).split(separator: "\n")
    #expect(lines.count == Finding.ID.allCases.count + 1)
    let severities = lines.dropFirst().map { $0.split(separator: " ", omittingEmptySubsequences: true)[1] }
    let ranks = severities.map { ["error", "warning", "note"].firstIndex(of: $0) ?? 3 }
    #expect(ranks == ranks.sorted() && ranks.last == 2)
    let rows = try JSONValue(parsing: Array(FindingCatalogue.list(.json).utf8)).array ?? []
    #expect(Set(rows.compactMap { $0.object?["id"]?.string }) == Set(Finding.ID.allCases.map(\.rawValue)))
    #expect(rows.allSatisfy { $0.object?["remedy"]?.string?.isEmpty == false })
  }

  @Test(
    "an ID that is none names those that may be meant",
    arguments: [
      ("chunk-crc-mismach", "chunk-crc-mismatch"), ("CHUNK-CRC-MISMATCH", "chunk-crc-mismatch"), ("missing", "missing-block"),
      ("chunk-crc", "chunk-crc-mismatch"), ("partial_upload", "partial-upload"),
    ])
  func near(_ name: String, _ meant: String) {
    let error = #expect(throws: FindingCatalogue.Unknown.self) { try FindingCatalogue.explanation(of: name, .table) }
    #expect(error?.near.contains { $0.rawValue == meant } == true, "\(error.map { "\($0)" } ?? "")")
    #expect(error?.description.hasPrefix("no finding is called \(name); did you mean ") == true)
  }

  @Test(
    "an ID that is like none is told where all are",
    arguments: ["", "x", "nonsense-of-some-length", String(repeating: "a", count: 300)])
  func unknown(_ name: String) {
    let error = #expect(throws: FindingCatalogue.Unknown.self) { try FindingCatalogue.explanation(of: name, .table) }
    #expect(error?.description.hasSuffix("; verify explain lists all") == true)
  }
}
