import Fixtures
import Glibc
import ObjectStore
import Platform
import Testing

@Suite("FILESYSTEM")
struct FileSystemBucketTests {
  let folder: TemporaryFolder
  let bucket: FileSystemBucket

  init() throws {
    folder = try TemporaryFolder()
    bucket = FileSystemBucket(directory: folder.path)
  }

  private func code(_ body: () async throws -> Void) async -> BucketError.Code? {
    do {
      try await body()
      return nil
    } catch {
      return (error as? BucketError)?.code
    }
  }

  @Test("a key is the file's path below the directory")
  func paths() async throws {
    try await bucket.put("01ABC/chunks/000001", .bytes([1, 2, 3]))
    #expect(try OpenFile(folder.path + "/01ABC/chunks/000001").readAll(limit: 10) == [1, 2, 3])
    #expect(try Directory.entries(of: folder.path + "/01ABC/chunks").map(\.name) == ["000001"])
  }

  @Test("a folder that Thanos wrote reads as a bucket")
  func fixture() async throws {
    let bucket = FileSystemBucket(directory: Fixtures.root + "/downsampled/")
    let page = try await bucket.list(prefix: "", style: .delimited)
    #expect(
      page.folders == ["01M81B08HN0JE90AJ4DW4J7HDV/", "01M81B0KSSX5FCZ5868AE5R719/", "01M81B0KWKC84NS30MERVG5BFF/"])
    let block = try await bucket.list(prefix: page.folders[0], style: .recursive).objects.map(\.key)
    #expect(block == ["chunks/000001", "index", "meta.json"].map { page.folders[0] + $0 })
    let expected = try Fixtures.bytes("downsampled/" + block[2])
    #expect(try await bucket.read(block[2], limit: 1 << 20) == expected)
  }

  @Test(
    "keys that would leave the directory are refused, and nothing is touched",
    arguments: [
      "", "/", "/etc/passwd", "..", "../outside", "a/../../outside", "a/..", ".", "./a", "a/./b", "a//b", "a/", "/a",
      "a\0b",
      "a/..\0", "x.blockhaul-tmp", "a/b.blockhaul-tmp",
    ])
  func hostileKeys(_ key: String) async throws {
    let inner = FileSystemBucket(directory: folder.path + "/inner")
    try await inner.put("kept", .bytes([7]))
    try AtomicFile.write([8], to: folder.path + "/outside")
    #expect(await code { try await inner.put(key, .bytes([1])) } == .rejected)
    #expect(await code { try await inner.get(key, range: nil) { _ in } } == .rejected)
    #expect(await code { _ = try await inner.attributes(of: key) } == .rejected)
    #expect(await code { try await inner.delete(key) } == .rejected)
    #expect(try OpenFile(folder.path + "/outside").readAll(limit: 10) == [8])
    #expect(try await inner.list(prefix: "", style: .recursive).objects.map(\.key) == ["kept"])
  }

  @Test(
    "listing prefixes that would leave the directory list nothing",
    arguments: [
      "../", "..", "/", "//", "a/../", "./", "a//", "../outside", "/tmp", "\0", "a\0/",
    ])
  func hostilePrefixes(_ prefix: String) async throws {
    let inner = FileSystemBucket(directory: folder.path + "/inner")
    try await inner.put("a/kept", .bytes([7]))
    try AtomicFile.write([8], to: folder.path + "/outside")
    for style in [ListingStyle.recursive, .delimited] {
      let page = try await inner.list(prefix: prefix, style: style)
      #expect(page.objects.isEmpty && page.folders.isEmpty)
    }
  }

  @Test("a missing directory is no empty bucket to readers; the first put creates it")
  func missingDirectory() async throws {
    let bucket = FileSystemBucket(directory: folder.path + "/new/bucket")
    #expect(await code { _ = try await bucket.list(prefix: "", style: .recursive) } == .bucketNotFound)
    #expect(await code { _ = try await bucket.list(prefix: "a/b", style: .delimited) } == .bucketNotFound)
    #expect(await code { _ = try await bucket.list(prefix: "../", style: .delimited) } == .bucketNotFound)
    #expect(await code { _ = try await bucket.attributes(of: "a/b") } == .bucketNotFound)
    #expect(await code { try await bucket.get("a", range: nil) { _ in } } == .bucketNotFound)
    #expect(await code { try await bucket.delete("a") } == .bucketNotFound)
    #expect(await code { _ = try await bucket.exists("a") } == .bucketNotFound)
    try await bucket.put("a/b", .bytes([1]))
    #expect(try await bucket.list(prefix: "", style: .recursive).objects.map(\.key) == ["a/b"])
  }

  @Test("a file in place of the directory is no bucket")
  func fileInPlace() async throws {
    try AtomicFile.write([1], to: folder.path + "/file")
    let bucket = FileSystemBucket(directory: folder.path + "/file")
    #expect(await code { _ = try await bucket.list(prefix: "", style: .recursive) } == .bucketNotFound)
    #expect(await code { _ = try await bucket.attributes(of: "a") } == .bucketNotFound)
    #expect(await code { try await bucket.put("a", .bytes([1])) } == .rejected)
  }

  @Test("every page size gives the same listing", arguments: [1, 2, 3, 5, 7, 100])
  func pageSizes(_ size: Int) async throws {
    let keys = [
      "a", "a!/x", "a-/x", "a-b", "a.b", "ab", "b/a-/c", "b/a/b/c", "b/a/b/d", "b/a0", "b0", "c/d/e/f", "c/d/e0",
      "caf\u{E9}/x", "cafe\u{301}/x", "folder/\u{301}x", "z",
    ].sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    for key in keys { try await bucket.put(key, .bytes([1])) }
    let small = FileSystemBucket(directory: folder.path, pageSize: size)
    for prefix in ["", "a", "b/", "b/a", "b/a/", "c/d/e", "caf", "z"] {
      let all = try await small.list(prefix: prefix, style: .recursive).objects.map { Array($0.key.utf8) }
      let expected = keys.filter { $0.utf8.starts(with: prefix.utf8) }.map { Array($0.utf8) }
      #expect(all == expected, "\(prefix)")
      let once = try await bucket.list(prefix: prefix, style: .delimited)
      let paged = try await small.list(prefix: prefix, style: .delimited)
      #expect(once.objects == paged.objects && once.folders == paged.folders, "\(prefix)")
    }
    let page = try await small.listPage(prefix: "", style: .recursive, after: nil)
    #expect(page.objects.count == min(size, keys.count))
  }

  @Test("files being written, empty folders and links to nowhere are not listed")
  func invisible() async throws {
    try await bucket.put("block/index", .bytes([1]))
    try AtomicFile.write([1], to: folder.path + "/block/.abc" + AtomicFile.temporarySuffix)
    try Directory.create(folder.path + "/empty/deeper")
    try Directory.create(folder.path + "/unfinished")
    try AtomicFile.write([1], to: folder.path + "/unfinished/.abc" + AtomicFile.temporarySuffix)
    #expect(unsafe symlink("/nowhere/at/all", folder.path + "/dangling") == 0)
    #expect(unsafe mkfifo(folder.path + "/pipe", 0o644) == 0)
    #expect(try await bucket.list(prefix: "", style: .recursive).objects.map(\.key) == ["block/index"])
    let page = try await bucket.list(prefix: "", style: .delimited)
    #expect(page.objects.isEmpty && page.folders == ["block/"])
    #expect(await code { try await bucket.get("pipe", range: nil) { _ in } } != nil)
  }

  @Test("a name that is no UTF-8 is an error of the listing, not an object left out", arguments: ["", "/below"])
  func notUTF8(_ below: String) async throws {
    try await bucket.put("object", .bytes([1]))
    let name = Array((folder.path + "/bad").utf8CString.dropLast()) + [CChar(bitPattern: 0xFF)]
    if below.isEmpty {
      let descriptor = unsafe open(name + [0], O_CREAT | O_WRONLY, 0o644)
      #expect(descriptor >= 0)
      close(descriptor)
    } else {
      #expect(unsafe mkdir(name + [0], 0o755) == 0)
    }
    let error = await #expect(throws: BucketError.self) { _ = try await bucket.list(prefix: "", style: .recursive) }
    #expect(error?.description.contains("bad\u{FFFD}") == true)
    _ = below.isEmpty ? unsafe unlink(name + [0]) : unsafe rmdir(name + [0])
  }

  @Test("links to files are objects; links to folders are not followed by listings, so that circles end")
  func links() async throws {
    try await bucket.put("a/object", .bytes([1, 2]))
    #expect(unsafe symlink("a/object", folder.path + "/link") == 0)
    #expect(unsafe symlink(".", folder.path + "/circle") == 0)
    #expect(unsafe symlink("../a", folder.path + "/a/self") == 0)
    #expect(try await bucket.list(prefix: "", style: .recursive).objects.map(\.key) == ["a/object", "link"])
    #expect(try await bucket.read("link", limit: 10) == [1, 2])
    let root = FileSystemBucket(directory: folder.path + "/circle")
    #expect(try await root.exists("a/object"))
    // Deleting takes away the link, not what it points at.
    try await bucket.delete("link")
    #expect(try await bucket.exists("a/object"))
  }

  @Test("a key cannot be an object and the folder of others at once")
  func objectAndFolder() async throws {
    try await bucket.put("a", .bytes([1]))
    try await bucket.put("f/b", .bytes([2]))
    #expect(await code { try await bucket.put("a/b", .bytes([3])) } == .rejected)
    #expect(await code { try await bucket.put("f", .bytes([3])) } == .rejected)
    #expect(try await bucket.read("a", limit: 10) == [1])
    #expect(try await bucket.read("f/b", limit: 10) == [2])
    #expect(try Directory.entries(of: folder.path).map(\.name) == ["a", "f"])
  }

  @Test("a name of 255 bytes is written, a longer one refused with the system's reason")
  func longNames() async throws {
    try await bucket.put(String(repeating: "n", count: 255), .bytes([1]))
    #expect(await code { try await bucket.put(String(repeating: "n", count: 256), .bytes([1])) } == .rejected)
    #expect(try await bucket.list(prefix: "", style: .recursive).objects.count == 1)
  }
}
