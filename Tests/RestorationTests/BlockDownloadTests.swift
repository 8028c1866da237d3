import Fixtures
import ObjectStore
import Platform
import Synchronization
import Testing

@testable import Restoration

@Suite("parts of a download")
struct BlockDownloadTests {
  private static func download(
    _ bucket: ServedBucket, _ staging: OpenFolder, partSize: UInt64, counted: @escaping @Sendable (Int64) -> Void = { _ in }
  ) throws -> BlockDownload {
    var download = BlockDownload(
      bucket: bucket, requests: 5, folder: try staging.folder("block"), chunks: try staging.folder("chunks"),
      journal: try DownloadJournal(try staging.file("journal")), counted: counted)
    download.partSize = partSize
    return download
  }

  private static func file(_ bucket: ServedBucket) async throws -> RestorableFile {
    let key = "\(ServedBucket.raw)/chunks/000001"
    return RestorableFile(
      path: "chunks/000001", key: key, attributes: try await bucket.attributes(of: key), sha256: nil)
  }

  @Test("parts of any size, fetched in parallel, make the file", arguments: [1000, 4096, 107_313, 107_314, 107_315] as [UInt64])
  func parts(partSize: UInt64) async throws {
    let (bucket, folder, counted) = (try await ServedBucket(), try TemporaryFolder(), Count())
    let file = try await Self.file(bucket)
    let download = try Self.download(bucket, try OpenFolder(folder.path), partSize: partSize) { counted.add($0) }
    try await download.run([file])
    let bytes = try OpenFile("\(folder.path)/chunks/000001").readAll(limit: 1 << 20)
    #expect(try await bucket.read(file.key, limit: 1 << 20) == bytes)
    #expect(counted.sum == 107_314)
  }

  @Test("parts that were broken off at once leave holes, and only the holes are fetched")
  func holes() async throws {
    let (bucket, folder, counted) = (try await ServedBucket(), try TemporaryFolder(), Count())
    let file = try await Self.file(bucket)
    let staging = try OpenFolder(folder.path)
    bucket.change { $0.budget = 50_000 }
    await #expect(throws: BucketError.self) {
      try await Self.download(bucket, staging, partSize: 10_000).run([file])
    }
    let there = try DownloadJournal(try staging.file("journal")).stretches(of: file).reduce(0) { $0 + UInt64($1.count) }
    #expect(there > 0 && there <= 50_000)
    bucket.change { $0.budget = .max }
    bucket.forget()
    try await Self.download(bucket, staging, partSize: 10_000) { counted.add($0) }.run([file])
    #expect(bucket.servedData == 107_314 - there)
    #expect(counted.sum == 107_314)
    let bytes = try OpenFile("\(folder.path)/chunks/000001").readAll(limit: 1 << 20)
    #expect(try await bucket.read(file.key, limit: 1 << 20) == bytes)
  }

  @Test("a file of a directory that was replaced by one of the same size is another one")
  func replaced() async throws {
    let (bucket, folder) = (try await ServedBucket(), try TemporaryFolder())
    var file = try await Self.file(bucket)
    let planned = file.attributes
    file = RestorableFile(
      path: file.path, key: file.key,
      attributes: ObjectAttributes(size: planned.size, modified: (planned.modified ?? 0) - 5000, etag: nil), sha256: nil)
    let download = try Self.download(bucket, try OpenFolder(folder.path), partSize: 50_000)
    let error = await #expect(throws: BucketError.self) { try await download.run([file]) }
    #expect(error?.code == .changed)
  }
}

private final class Count: Sendable {
  private let value = Mutex<Int64>(0)
  var sum: Int64 { value.withLock { $0 } }
  func add(_ more: Int64) { value.withLock { $0 += more } }
}
