import Testing

@testable import Restoration

@Suite("names that a bucket gives to files of a block")
struct BlockFileNameTests {
  @Test("those of a block are taken", arguments: [
    ("meta.json", BlockFileName.meta), ("index", .index), ("tombstones", .tombstones),
    ("chunks/000001", .segment("000001")), ("chunks/999999", .segment("999999")),
  ])
  func good(path: String, name: BlockFileName) {
    #expect(BlockFileName(path) == name)
    #expect(name.path == path)
  }

  @Test("what is no part of a block and does no harm stays behind", arguments: [
    "deletion-mark.json", "no-compact-mark.json", "no-downsample-mark.json", "index.cache.json", "debug/x", "Index",
    "chunks.old", "index\u{301}", "visit-mark.json", "...",
  ])
  func others(path: String) {
    #expect(BlockFileName(path) == .other)
    #expect(BlockFileName(path).path == nil)
  }

  @Test("what would leave the folder, or pass for a segment, is hostile", arguments: [
    "", "/", ".", "..", "../index", "../../etc/passwd", "/etc/passwd", "/index", "chunks", "chunks/", "chunks/..",
    "chunks/../index", "chunks/../../x", "chunks/./000001", "chunks//000001", "chunks/000001/", "chunks/000001/x",
    "chunks/1", "chunks/0000001", "chunks/000000", "chunks/00000a", "chunks/000001\u{0}", "chunks/000001.tmp",
    "chunks\\000001", "..\\index", "chunks/..\\..\\x", "index\u{0}", "index\n", "\u{0}", "index/", "index/x",
    "meta.json/x", "tombstones/x", "a/../index", "a//b", "./index", "chunks/٠٠٠٠٠١", "chunks/000001 ", "chunks/+00001",
    "chunks/00001\u{301}", "x\u{1B}[2J",
  ])
  func hostile(path: String) { #expect(BlockFileName(path) == .hostile) }
}
