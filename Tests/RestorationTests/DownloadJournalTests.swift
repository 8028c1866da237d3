import Fixtures
import ObjectStore
import Platform
import Testing

@testable import Restoration

@Suite("what is known of a download")
struct DownloadJournalTests {
  private func file(etag: String? = "a", size: UInt64 = 100) -> RestorableFile {
    RestorableFile(
      path: "chunks/000001", key: "x", attributes: ObjectAttributes(size: size, modified: 5, etag: etag), sha256: nil)
  }

  @Test("stretches are put together, and survive")
  func stretches() throws {
    let folder = try TemporaryFolder()
    let open = try OpenFolder(folder.path)
    let journal = try DownloadJournal(try open.file("journal"))
    try journal.begin(file())
    for range in [50..<60, 0..<10, 10..<20, 55..<70] as [Range<UInt64>] { try journal.add(range, to: file()) }
    let again = try DownloadJournal(try open.file("journal"))
    for journal in [journal, again] { #expect(journal.stretches(of: file()) == [0..<20, 50..<70]) }
    #expect(again.stretches(of: file(etag: "b")).isEmpty)
    #expect(again.stretches(of: file(size: 99)).isEmpty)
    try again.begin(file())
    #expect(try DownloadJournal(try open.file("journal")).stretches(of: file()).isEmpty)
  }

  @Test("lines that are cut off or mean nothing count for nothing", arguments: [
    ("got 0 50 chunks/000001", [] as [Range<UInt64>]), ("got 50 0 chunks/000001\n", []), ("got 0 101 chunks/000001\n", []),
    ("got 0 18446744073709551616 chunks/000001\n", []), ("got -1 5 chunks/000001\n", []), ("\n\n got\nx\n", []),
    ("got 0 50 chunks/000001\ngot 60 7", [0..<50]), ("got 0 50 chunks/000002\n", []),
  ])
  func odd(text: String, expected: [Range<UInt64>]) throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write(Array("file 100 5 a chunks/000001\n\(text)".utf8), to: "\(folder.path)/journal")
    let journal = try DownloadJournal(try OpenFolder(folder.path).file("journal"))
    #expect(journal.stretches(of: file()) == expected)
    // What follows is not glued to a line that was cut off.
    try journal.add(80..<90, to: file())
    let again = try DownloadJournal(try OpenFolder(folder.path).file("journal"))
    #expect(again.stretches(of: file()) == expected + [80..<90])
  }

  @Test("an ETag with a newline or a space in it becomes no line of its own")
  func hostileETag() throws {
    let folder = try TemporaryFolder()
    let open = try OpenFolder(folder.path)
    let odd = file(etag: "a b\ngot 0 100 chunks/000001\n")
    try DownloadJournal(try open.file("journal")).begin(odd)
    #expect(try DownloadJournal(try open.file("journal")).stretches(of: odd).isEmpty)
  }
}
