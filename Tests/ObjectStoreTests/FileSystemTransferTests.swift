import Fixtures
import Glibc
import Platform
import Synchronization
import Testing

@testable import ObjectStore

@Suite("FILESYSTEM: transfers that go wrong")
struct FileSystemTransferTests {
  let folder: TemporaryFolder
  let bucket: FileSystemBucket

  init() throws {
    folder = try TemporaryFolder()
    bucket = FileSystemBucket(directory: folder.path)
  }

  @Test("a get hands over windows of 1 MiB, each only after the one before was taken")
  func backPressure() async throws {
    try await bucket.put("object", .bytes([UInt8](repeating: 1, count: 3 << 20 | 5)))
    let isBusy = Atomic(false)
    let sizes = Mutex<[Int]>([])
    try await bucket.get("object", range: nil) { bytes in
      let wasBusy = isBusy.exchange(true, ordering: .relaxed)
      #expect(!wasBusy)
      try await Task.sleep(for: .milliseconds(5))
      sizes.withLock { $0.append(bytes.count) }
      isBusy.store(false, ordering: .relaxed)
    }
    #expect(sizes.withLock { $0 } == [1 << 20, 1 << 20, 1 << 20, 5])
  }

  @Test("what a killed writer left goes with the first write into its folder, and what others write stays")
  func stale() async throws {
    for name in ["block/chunks", "other"] {
      try Directory.create("\(folder.path)/\(name)")
      try AtomicFile.write([1], to: "\(folder.path)/\(name)/.abc\(AtomicFile.temporarySuffix)")
    }
    let beside = try AtomicFile("\(folder.path)/block/chunks/000002")
    try await bucket.put("block/chunks/000001", .bytes([1]))
    #expect(try Directory.entries(of: "\(folder.path)/block/chunks").count == 2)
    #expect(try Directory.entries(of: "\(folder.path)/other").count == 1)
    try beside.commit()
    let keys = try await bucket.list(prefix: "", style: .recursive).objects.map(\.key)
    #expect(keys == ["block/chunks/000001", "block/chunks/000002"])
  }

  @Test("an object that is shortened while it is read is an error, not a shorter object")
  func truncated() async throws {
    try await bucket.put("object", .bytes([UInt8](repeating: 1, count: 3 << 20)))
    let path = folder.path + "/object"
    let error = await #expect(throws: BucketError.self) {
      try await bucket.get("object", range: nil) { _ in _ = unsafe truncate(path, 1 << 20 | 7) }
    }
    #expect(error?.code == .changed)
    #expect(error?.key == "object")
  }

  @Test("an object that is replaced while it is read is read on in its old version")
  func replaced() async throws {
    let old = [UInt8](repeating: 1, count: 3 << 20)
    try await bucket.put("object", .bytes(old))
    let received = Mutex<[UInt8]>([])
    try await bucket.get("object", range: nil) { [bucket] bytes in
      received.withLock { $0 += bytes }
      try await bucket.put("object", .bytes([UInt8](repeating: 2, count: 4 << 20)))
    }
    #expect(received.withLock { $0 } == old)
  }

  @Test("a source file that became shorter is an error that names it; the object and the folder stay as they were")
  func shorterSource() async throws {
    let source = folder.path + "/source"
    try AtomicFile.write([UInt8](repeating: 1, count: 3 << 20), to: source)
    let file = try OpenFile(source)
    try await bucket.put("block/object", .bytes([9]))
    #expect(unsafe truncate(source, 1 << 20) == 0)
    let error = await #expect(throws: FileError.self) { try await bucket.put("block/object", .file(file)) }
    #expect(error?.code == .endOfFile && error?.path == source)
    #expect(try await bucket.read("block/object", limit: 10) == [9])
    #expect(try Directory.entries(of: folder.path + "/block").map(\.name) == ["object"])
  }

  /// Fetched content that counts what it is asked for.
  private final class Source: ContentSource {
    let size: UInt64
    let limit: UInt64
    let asked = Mutex<[Range<UInt64>]>([])

    init(size: UInt64, failingFrom limit: UInt64 = .max) {
      self.size = size
      self.limit = limit
    }

    struct Lost: Error {}

    func read(_ range: Range<UInt64>) async throws -> [UInt8] {
      asked.withLock { $0.append(range) }
      guard range.upperBound <= limit else { throw Lost() }
      return [UInt8](repeating: UInt8(range.lowerBound >> 20), count: range.count)
    }
  }

  @Test("what is fetched goes through one window of 1 MiB, and is confirmed before it appears")
  func fetched() async throws {
    let source = Source(size: 3 << 20 | 5)
    let delivered = Mutex<[UInt64]>([])
    let receipt = try await bucket.put(
      "block/object", .source(source),
      PutOptions(
        delivered: { bytes in delivered.withLock { $0.append(bytes) } },
        confirm: { [bucket] in
          let end = source.asked.withLock { $0.last?.upperBound }
          #expect(end == 3 << 20 | 5)
          let isThere = try await bucket.exists("block/object")
          #expect(!isThere)
        }))
    #expect(receipt == PutReceipt(etag: nil, partSize: nil, sent: 3 << 20 | 5))
    #expect(source.asked.withLock { $0.map(\.count) } == [1 << 20, 1 << 20, 1 << 20, 5])
    #expect(delivered.withLock { $0 } == [1 << 20, 1 << 20, 1 << 20, 5])
    let bytes = try await bucket.read("block/object", limit: 4 << 20)
    #expect(bytes.count == 3 << 20 | 5 && bytes[1 << 20] == 1 && bytes.last == 3)
  }

  /// An unfinished file goes with its last owner, which may be a thread that has just handed the error over.
  private func isEmptied() async throws -> Bool {
    for _ in 0..<1000 where try !Directory.entries(of: folder.path + "/block").isEmpty {
      try await Task.sleep(for: .milliseconds(10))
    }
    return try Directory.entries(of: folder.path + "/block").isEmpty
  }

  @Test("a source that fails and a confirmation that is refused leave no file behind")
  func nothingLeft() async throws {
    await #expect(throws: Source.Lost.self) {
      try await bucket.put("block/object", .source(Source(size: 3 << 20, failingFrom: 2 << 20)))
    }
    await #expect(throws: Source.Lost.self) {
      try await bucket.put("block/object", .bytes([1]), PutOptions(confirm: { throw Source.Lost() }))
    }
    #expect(try await isEmptied())
  }

  @Test("a put that is cancelled half-way leaves nothing behind")
  func cancelledPut() async throws {
    let source = folder.path + "/source"
    // A sparse file: a put of it takes long enough to be cancelled, and no space to prepare.
    try AtomicFile.write([1], to: source)
    #expect(unsafe truncate(source, 8 << 30) == 0)
    let file = try OpenFile(source)
    let put = Task { [bucket] in _ = try await bucket.put("block/object", .file(file)) }
    while try Directory.entries(of: folder.path).count < 2 || Directory.entries(of: folder.path + "/block").isEmpty {
      try await Task.sleep(for: .milliseconds(1))
    }
    put.cancel()
    await #expect(throws: CancellationError.self) { try await put.value }
    #expect(try await isEmptied())
  }

  @Test(
    "failures of the system become errors of buckets",
    arguments: [
      (ENOSPC, BucketError.Code.noSpace), (EDQUOT, .noSpace), (EACCES, .accessDenied), (EPERM, .accessDenied),
      (EROFS, .accessDenied), (ENOENT, .objectNotFound), (ENOTDIR, .objectNotFound), (EISDIR, .objectNotFound),
      (EIO, .rejected), (EMFILE, .rejected), (ENAMETOOLONG, .rejected),
    ])
  func mapped(_ number: Int32, _ code: BucketError.Code) {
    let error = bucket.failure(FileError(action: "write", path: "/data/object", number: number), key: "object")
    #expect(error.code == code)
    #expect(error.key == "object")
    #expect(error.bucket == bucket.location)
    #expect(!error.description.contains("\n"))
  }
}
