import Fixtures
import Glibc
import Platform
import Testing

@Suite("Files")
struct FilesTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private var names: [String] { get throws { try Directory.entries(of: folder.path).map(\.name) } }

  @Test("an atomic file appears whole at its commit, and not before")
  func appears() throws {
    let path = folder.path + "/file"
    let file = try AtomicFile(path)
    try unsafe file.write(([1, 2] as [UInt8]).span.bytes)
    try unsafe file.write([UInt8]().span.bytes)
    try unsafe file.write(([3] as [UInt8]).span.bytes)
    #expect(throws: FileError.self) { try Directory.status(of: path) }
    #expect(try names.allSatisfy { $0.hasSuffix(AtomicFile.temporarySuffix) })
    try file.commit()
    #expect(try OpenFile(path).readAll(limit: 10) == [1, 2, 3])
    #expect(try names == ["file"])
  }

  @Test("an atomic file that is given up leaves nothing behind, and the old file as it was")
  func givenUp() throws {
    let path = folder.path + "/file"
    try AtomicFile.write([9], to: path)
    do {
      let file = try AtomicFile(path)
      try unsafe file.write(([1, 2] as [UInt8]).span.bytes)
    }
    #expect(try names == ["file"])
    #expect(try OpenFile(path).readAll(limit: 10) == [9])
  }

  @Test("a commit that fails leaves nothing behind")
  func failedCommit() throws {
    try Directory.create(folder.path + "/file/inside")
    let error = #expect(throws: FileError.self) { try AtomicFile.write([1], to: folder.path + "/file") }
    #expect(error?.path == folder.path + "/file")
    #expect(try names == ["file"])
    #expect(throws: FileError.self) { try AtomicFile.write([1], to: folder.path + "/missing/file") }
    #expect(try names == ["file"])
  }

  @Test(
    "the folder of a path",
    arguments: [
      ("a", "."), ("/a", "/"), ("a/b", "a"), ("/a/b/c", "/a/b"), ("a/\u{301}b", "a"), ("a/b/", "a/b"),
    ])
  func folders(_ path: String, _ expected: String) { #expect(AtomicFile.folder(of: path) == expected) }

  @Test("folders are created with those above them, and once is enough")
  func create() throws {
    try Directory.create(folder.path + "/a/b/c")
    try Directory.create(folder.path + "/a/b/c")
    try Directory.create(folder.path + "/a/d/")
    #expect(try Directory.entries(of: folder.path + "/a").map(\.name) == ["b", "d"])
    try AtomicFile.write([1], to: folder.path + "/file")
    let error = #expect(throws: FileError.self) { try Directory.create(folder.path + "/file/below") }
    #expect(error?.code == .notADirectory)
    #expect(throws: FileError.self) { try Directory.create(folder.path + "/file") }
  }

  @Test("entries come in the order of their bytes, with their kinds, links followed")
  func entries() throws {
    try Directory.create(folder.path + "/b")
    for name in ["a", "B", "é", "a b"] { try AtomicFile.write([1], to: folder.path + "/" + name) }
    #expect(unsafe symlink("b", folder.path + "/link") == 0)
    #expect(unsafe symlink("nowhere", folder.path + "/lost") == 0)
    let entries = try Directory.entries(of: folder.path)
    #expect(entries.map(\.name) == ["B", "a", "a b", "b", "link", "lost", "é"])
    #expect(entries.map(\.kind) == [.file, .file, .file, .directory, .directory, .other, .file])
    #expect(entries.map(\.isLink) == [false, false, false, false, true, true, false])
  }

  @Test("errors of folders say what and where")
  func errors() throws {
    let missing = folder.path + "/missing"
    let error = #expect(throws: FileError.self) { try Directory.entries(of: missing) }
    #expect(error?.code == .notFound)
    #expect(error?.description == "cannot open \(missing): No such file or directory")
    try AtomicFile.write([1], to: folder.path + "/file")
    let file = #expect(throws: FileError.self) { try Directory.entries(of: folder.path + "/file") }
    #expect(file?.code == .notADirectory)
    let status = #expect(throws: FileError.self) { try Directory.status(of: folder.path + "/file/below") }
    #expect(status?.code == .notADirectory)
    #expect(throws: FileError.self) { try Directory.synchronise(missing) }
    #expect(throws: FileError.self) { try Directory.removeFile(folder.path) }
  }

  @Test("removing says whether there was anything")
  func remove() throws {
    try AtomicFile.write([1], to: folder.path + "/a")
    #expect(try Directory.removeFile(folder.path + "/a"))
    #expect(try !Directory.removeFile(folder.path + "/a"))
    #expect(try !Directory.removeFile(folder.path + "/a/b"))
    try Directory.create(folder.path + "/b/c")
    #expect(!Directory.removeIfEmpty(folder.path + "/b"))
    #expect(Directory.removeIfEmpty(folder.path + "/b/c"))
    #expect(!Directory.removeIfEmpty(folder.path + "/b/c"))
  }

  @Test("an open file is read at any offset, and refused past its end")
  func openFile() throws {
    let path = folder.path + "/file"
    try AtomicFile.write(Array(0..<100), to: path)
    let file = try OpenFile(path)
    #expect(file.size == 100)
    #expect(abs(file.modified - Int64(time(nil)) * 1000) < 60_000)
    #expect(try file.read(10..<13) == [10, 11, 12])
    #expect(try file.read(100..<100).isEmpty)
    #expect(throws: FileError(endOfFile: path)) { try file.read(99..<101) }
    #expect(throws: FileError(endOfFile: path)) { try file.read(0..<UInt64.max) }
    #expect(try file.readAll(limit: 100).count == 100)
    #expect(throws: FileError.self) { try file.readAll(limit: 99) }
    // Its name may go: what was opened stays.
    try Directory.removeFile(path)
    #expect(try file.read(0..<2) == [0, 1])
  }

  @Test("a file that was shortened after it was opened is an error", arguments: [0, 50])
  func shortened(_ length: Int) throws {
    let path = folder.path + "/file"
    try AtomicFile.write(Array(0..<100), to: path)
    let file = try OpenFile(path)
    #expect(unsafe truncate(path, length) == 0)
    #expect(throws: FileError(endOfFile: path)) { try file.read(40..<60) }
    #expect(throws: FileError(endOfFile: path)) { try file.forEachWindow(of: 0..<100, window: 7) { _ in } }
  }

  @Test("windows cover a region without gap or overlap", arguments: [1, 7, 64, 100, 1 << 20, 0, -1])
  func windows(_ window: Int) throws {
    let path = folder.path + "/file"
    try AtomicFile.write(Array(0..<200), to: path)
    let file = try OpenFile(path)
    for range in [0..<200, 3..<103, 5..<5, 199..<200] as [Range<UInt64>] {
      var bytes: [UInt8] = []
      try file.forEachWindow(of: range, window: window) { span in
        for offset in 0..<span.byteCount {
          bytes.append(unsafe span.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
        }
      }
      #expect(bytes == range.map { UInt8($0) })
    }
    #expect(throws: FileError(endOfFile: path)) { try file.forEachWindow(of: 0..<UInt64.max, window: window) { _ in } }
  }

  @Test("folders, pipes and devices are no files, and opening them does not wait")
  func noFiles() throws {
    #expect(unsafe mkfifo(folder.path + "/pipe", 0o644) == 0)
    for path in [folder.path, folder.path + "/pipe", "/dev/null"] {
      #expect(throws: FileError.self) { try OpenFile(path) }
      #expect(throws: FileError.self) { try FileBytes(mapping: path) }
    }
  }

  @Test("mapped and copied bytes are the file's")
  func bytes() throws {
    let path = folder.path + "/file"
    try AtomicFile.write([5, 6, 7], to: path)
    for bytes in [try FileBytes(mapping: path), FileBytes([5, 6, 7], name: "copy")] {
      #expect(bytes.count == 3)
      bytes.adviseSequential()
      #expect(unsafe bytes.bytes.unsafeLoad(fromByteOffset: 2, as: UInt8.self) == 7)
    }
    try AtomicFile.write([], to: path)
    for empty in [try FileBytes(mapping: path), FileBytes([], name: "none")] {
      let count = empty.bytes.byteCount
      #expect(count == 0 && empty.count == 0)
    }
  }

  @Test("temporary files are removed when nobody writes them any more, other files never")
  func stale() throws {
    let folder = try TemporaryFolder()
    func names() throws -> [String] { try Directory.entries(of: folder.path).map(\.name) }
    // A process that is killed leaves such a file, and no lock on it.
    try AtomicFile.write([1], to: "\(folder.path)/.old\(AtomicFile.temporarySuffix)")
    try AtomicFile.write([1], to: "\(folder.path)/other")
    try Directory.create("\(folder.path)/folder\(AtomicFile.temporarySuffix)")
    #expect(unsafe symlink("other", "\(folder.path)/link\(AtomicFile.temporarySuffix)") == 0)
    let file = try AtomicFile("\(folder.path)/new")
    AtomicFile.removeStale(in: folder.path)
    #expect(try names().count == 4 && names().allSatisfy { !$0.hasPrefix(".old") })
    let content: [UInt8] = [2]
    try unsafe file.write(content.span.bytes)
    try file.commit()
    #expect(try OpenFile("\(folder.path)/new").readAll(limit: 9) == content)
    AtomicFile.removeStale(in: "\(folder.path)/nothing-there")
  }

  @Test(
    "error numbers have their meaning",
    arguments: [
      (ENOENT, FileError.Code.notFound), (EACCES, .permissionDenied), (EPERM, .permissionDenied),
      (EROFS, .permissionDenied),
      (ENOSPC, .noSpace), (EDQUOT, .noSpace), (ENOTDIR, .notADirectory), (EIO, .other),
    ])
  func codes(_ number: Int32, _ code: FileError.Code) {
    let error = FileError(action: "write", path: "/a", number: number)
    #expect(error.code == code)
    #expect(error.description.hasPrefix("cannot write /a: "))
  }
}
