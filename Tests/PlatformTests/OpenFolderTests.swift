import Fixtures
import Glibc
import Platform
import Testing

@Suite("folders held by their descriptors")
struct OpenFolderTests {
  @Test("a move replaces nothing: no file, no folder, not even an empty one", arguments: [true, false])
  func move(ontoFolder: Bool) throws {
    let folder = try TemporaryFolder()
    let open = try OpenFolder(folder.path)
    let (source, target) = (try open.folder("source"), try open.folder("target"))
    _ = try source.folder("block").file("index")
    if ontoFolder { _ = try target.folder("block") } else { _ = try target.file("block") }
    do throws(FileError) {
      try source.move("block", into: target)
      Issue.record("it was replaced")
    } catch { #expect(error.isNameTaken) }
    try target.remove("block")
    try source.move("block", into: target)
    #expect(try Directory.entries(of: "\(folder.path)/target/block").map(\.name) == ["index"])
  }

  @Test("links are neither followed nor written through, and removing them leaves what they lead to")
  func links() throws {
    let (folder, outside) = (try TemporaryFolder(), try TemporaryFolder())
    try AtomicFile.write([1], to: "\(outside.path)/file")
    for (name, target) in [("folder", outside.path), ("file", "\(outside.path)/file"), ("none", "\(outside.path)/none")] {
      #expect(unsafe symlink(target, "\(folder.path)/\(name)") == 0)
    }
    let open = try OpenFolder(folder.path)
    #expect(throws: FileError.self) { try open.folder("folder") }
    #expect(throws: FileError.self) { try open.file("file") }
    #expect(throws: FileError.self) { try open.file("none") }
    #expect(throws: FileError.self) { try OpenFolder("\(folder.path)/folder") }
    for name in ["folder", "file", "none", "not there"] { try open.remove(name) }
    #expect(try Directory.entries(of: folder.path).isEmpty)
    #expect(try Directory.entries(of: outside.path).map(\.name) == ["file"])
  }

  @Test("one at a time holds a folder, and notices when it is not the one at its path any more")
  func lock() throws {
    let folder = try TemporaryFolder()
    let parent = try OpenFolder(folder.path)
    let first = try parent.folder("locked")
    #expect(first.lock() && first.isAtItsPath)
    #expect(try parent.folder("locked").lock() == false)
    try parent.remove("locked")
    #expect(!first.isAtItsPath)
    #expect(try parent.folder("locked").lock())
    #expect(!first.isAtItsPath)
  }

  @Test("a file is written at any offset, and holes read as zeros")
  func offsets() throws {
    let folder = try TemporaryFolder()
    let file = try OpenFolder(folder.path).file("file")
    try file.resize(to: 6)
    try unsafe file.write(([7, 8] as [UInt8]).span.bytes, at: 3)
    #expect(try file.reader().readAll(limit: 100) == [0, 0, 0, 7, 8, 0])
    try file.resize(to: 4)
    #expect(try file.size() == 4)
  }

  @Test("a lock of another is seen, and one that is none is not")
  func locked() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/lock"
    #expect(!Volume.isLocked(path))
    try AtomicFile.write([], to: path)
    #expect(!Volume.isLocked(path))
    let descriptor = unsafe open(path, O_RDWR)
    defer { close(descriptor) }
    #expect(flock(descriptor, LOCK_EX) == 0)
    #expect(Volume.isLocked(path))
  }
}
