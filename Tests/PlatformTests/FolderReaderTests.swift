import Fixtures
import Platform
import Testing

@Suite("Reading folders by their descriptors")
struct FolderReaderTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try shell(
      "cd \(folder.path) && mkdir -p block/chunks && printf abc > block/index && printf d > block/chunks/000001"
        + " && ln -s index block/link && ln -s nowhere block/broken")
  }

  @Test("entries are sorted and have their kinds, of what links lead to")
  func entries() throws {
    let entries = try FolderReader("\(folder.path)/block").entries()
    #expect(entries.map(\.name) == ["broken", "chunks", "index", "link"])
    #expect(entries.map(\.kind) == [.other, .directory, .file, .file] && entries.map(\.isLink) == [true, false, false, true])
    #expect(try Directory.entries(of: "\(folder.path)/block") == entries)
  }

  @Test("what lies in a folder is found after the folder was renamed, and is that of no other")
  func renamed() throws {
    let reader = try FolderReader("\(folder.path)/block")
    try shell("cd \(folder.path) && mv block block.tmp-for-deletion && mkdir block && printf another > block/index")
    let size = try reader.status(of: "index").size
    #expect(size == 3)
    let bytes = try reader.file("link").readAll(limit: 10)
    #expect(bytes == Array("abc".utf8))
    let chunks = try FolderReader("chunks", in: reader)
    let names = try chunks.entries().map(\.name)
    #expect(names == ["000001"])
  }

  @Test("errors name the path and say what is not there")
  func errors() throws {
    let reader = try FolderReader("\(folder.path)/block")
    func failure(_ body: () throws(FileError) -> Void) -> FileError? {
      do throws(FileError) {
        try body()
        return nil
      } catch {
        return error
      }
    }
    let status = failure { () throws(FileError) in _ = try reader.status(of: "tombstones") }
    #expect(status?.code == .notFound && status?.path == "\(folder.path)/block/tombstones")
    let file = failure { () throws(FileError) in _ = try reader.file("chunks") }
    #expect(file?.path == "\(folder.path)/block/chunks")
    let inner = failure { () throws(FileError) in _ = try FolderReader("index", in: reader) }
    #expect(inner?.code == .notADirectory)
    let missing = failure { () throws(FileError) in _ = try FolderReader("\(folder.path)/none") }
    #expect(missing?.code == .notFound)
  }
}
