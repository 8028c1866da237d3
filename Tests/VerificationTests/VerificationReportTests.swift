import Console
import TSDB
import Testing

@testable import Verification

@Suite("the report for people")
struct VerificationReportTests {
  private static func text(
    _ reports: [BlockReport], bucket: BucketReport = BucketReport(), listsFiles: Bool = false, maxFindings: Int = 100,
    allFindings: String? = nil, _ ending: RunEnd.Ending = .complete
  ) throws -> String {
    var report = VerificationReport(listsFiles: listsFiles, maxFindings: maxFindings, allFindings: allFindings)
    var totals = RunTotals()
    for block in reports {
      report.add(block)
      totals.add(block)
    }
    report.add(bucket)
    totals.add(bucket)
    var text = ""
    try report.write(RunEnd(finished: 0, seconds: 1, totals: totals, ending: ending)) { text += $0 }
    return text
  }

  @Test("good blocks are a table and a line")
  func good() throws {
    #expect(
      try Self.text([Sample.block()]) == """
        BLOCK                       STATE  FILES      SIZE  CHUNKS  EVIDENCE
        01M81B088QDAD3JHFN4993ETCA  good       2  1.07 KiB       7  size / size, crc32c
        1 good, 0 bad, 0 findings, 1.07 KiB checked

        """)
  }

  @Test("findings come below it, the worst first, with place and series, then how many there are of each kind")
  func findings() throws {
    let text = try Self.text(
      [Sample.block(ulid(2), [.strayObject, .missingObject]), Sample.block(ulid(1), [.missingObject])],
      bucket: BucketReport(findings: [Finding(.noBlocks, block: nil, file: "place", "odd")]))
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(4)
    let place = "/chunks/000001: offset 8: {__name__=\"up\"}: it is wrong"
    #expect(
      lines.joined(separator: "\n") == """
        error: missing-object: \(ulid(1))\(place)
        error: missing-object: \(ulid(2))\(place)
        warning: no-blocks: place: odd
        warning: stray-object: \(ulid(2))\(place)

        SEVERITY  FINDING         FOUND  BLOCKS
        error     missing-object      2       2
        warning   no-blocks           1       0
        warning   stray-object        1       1
        What a finding means, and what to do: verify explain ID

        0 good, 2 bad, 4 findings, 2.15 KiB checked

        """)
  }

  @Test("numbers are written in one way")
  func numbers() {
    var totals = RunTotals()
    var report = Sample.block()
    report.findings = [Sample.finding(.chunkChecksum, occurrences: 11_325)]
    totals.add(report)
    #expect(VerificationReport.line(of: totals).hasPrefix("0 good, 1 bad, 11,325 findings, "))
  }

  @Test("--max-findings bounds what is shown, and not what is counted", arguments: [0, 1, 3, 7])
  func bounded(_ limit: Int) throws {
    let findings = (0..<8).map { _ in Sample.finding(.chunkChecksum) } + [Sample.finding(.chunkChecksum, occurrences: 1234)]
    var block = Sample.block()
    block.findings = findings
    let text = try Self.text([block], maxFindings: limit, allFindings: "all.jsonl")
    #expect(text.ranges(of: "error: chunk-crc-mismatch: ").count == limit)
    #expect(text.contains("… and \(Cell.grouped(Int64(1242 - limit))) more; all.jsonl has all of them\n"))
    #expect(text.contains("\nerror     chunk-crc-mismatch  1,242       1\n") && text.contains(" 1,242 findings, "))
    #expect(try Self.text([block], maxFindings: limit).contains("more; --report FILE has all of them\n"))
  }

  @Test("a million findings of one kind do not hide the others, nor are they kept")
  func shares() {
    var kept = KeptFindings(limit: 10)
    for number in 0..<1000 {
      kept.add((0..<100).map { _ in Sample.finding(.chunkChecksum, in: ulid(number)) })
    }
    kept.add([Sample.finding(.missingObject), Sample.finding(.timeGap)])
    kept.add((0..<20).map { _ in Sample.finding(.countMismatch) })
    #expect(kept.count == 100_022)
    let shown = kept.shown.map(\.id)
    #expect(shown.filter { $0 == .missingObject }.count == 1)
    #expect(shown.filter { $0 == .chunkChecksum }.count == 5 && shown.filter { $0 == .countMismatch }.count == 4)
    #expect(shown.count == 10 && !shown.contains(.timeGap), "a note gives way to errors")
    let fields = Mirror(reflecting: kept).children.compactMap { $0.value as? [Finding.ID: [Finding]] }
    #expect(fields.count == 1 && fields.allSatisfy { $0.values.allSatisfy { $0.count <= 10 } })
  }

  @Test("what could not be looked at is named, bounded too, and makes the block neither good nor bad")
  func unfinished() throws {
    let places = (1...5).map { Unfinished(file: "key\($0)", reason: "denied") }
    let text = try Self.text([Sample.block(unfinished: places)], maxFindings: 2)
    #expect(text.contains("  unfinished  "))
    #expect(text.contains("unfinished: key1: denied\nunfinished: key2: denied\n… and 3 more that could not be looked at\n"))
    #expect(text.hasSuffix("0 good, 1 unfinished, 0 bad, 0 findings, 1.07 KiB checked\n"))
  }

  @Test("--files gives a row for each file")
  func files() throws {
    let text = try Self.text([Sample.block(Sample.ulid, [.chunkChecksum])], listsFiles: true)
    #expect(
      text.hasPrefix("""
        BLOCK                       FILE           STATE      SIZE  EVIDENCE
        01M81B088QDAD3JHFN4993ETCA  chunks/000001  BAD    0.98 KiB  size, crc32c
        01M81B088QDAD3JHFN4993ETCA  index          good      100 B  size

        """))
  }

  @Test("nothing of a key, a label or a reason drives the terminal")
  func escaped() throws {
    let evil = "\u{1B}]0;x\u{07}\n\u{202E}"
    var block = Sample.block(unfinished: [Unfinished(file: evil, reason: evil)])
    block.files.append(FileReport(path: evil, size: 1, evidence: []))
    block.findings = [Finding(.strayObject, block: nil, file: evil, series: evil, evil)]
    for text in [
      try Self.text([block]), try Self.text([block], listsFiles: true),
      try Self.text([block], maxFindings: 0, allFindings: evil, .budget(evil)),
    ] {
      #expect(!text.unicodeScalars.contains { $0 != "\n" && ($0.value < 0x20 || $0 == "\u{202E}" || $0 == "\u{7F}") })
      #expect(text.contains("\\x1b]0;x\\x07\\n\\u202e"))
    }
  }

  @Test("an early end and a used-up budget are said last")
  func endings() throws {
    #expect(try Self.text([], .early("x")).hasSuffix("checked\nended early: not every block was checked\n"))
    #expect(try Self.text([], .budget("used up")).hasSuffix("checked\nused up\n"))
  }

  @Test(
    "the status: what could not be looked at wins over findings, notes are no findings",
    arguments: [
      ([], false, .good), ([.timeGap], false, .good), ([.strayObject], false, .findings),
      ([.timeGap, .chunkChecksum], false, .findings), ([], true, .unfinished), ([.chunkChecksum], true, .unfinished),
    ] as [([Finding.ID], Bool, Console.ExitStatus)])
  func status(_ findings: [Finding.ID], _ isUnfinished: Bool, _ expected: Console.ExitStatus) {
    let unfinished = isUnfinished ? [Unfinished(file: "f", reason: "r")] : []
    var totals = RunTotals()
    totals.add(Sample.block(Sample.ulid, findings, unfinished: unfinished))
    #expect(totals.status == expected)
    var whole = RunTotals()
    whole.add(BucketReport(findings: findings.map { Sample.finding($0) }, unfinished: unfinished))
    #expect(whole.status == expected)
  }
}
