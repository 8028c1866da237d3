import Console
import Fixtures
import Logging
import ObjectStore
import OrderedJSON
import Platform
import Synchronization
import TSDB
import Thanos

@testable import Restoration

/// A FILESYSTEM bucket with the fixtures' raw blocks in it, which counts what it hands out and can be made to fail.
final class ServedBucket: Bucket {
  private let folder: TemporaryFolder
  private let base: FileSystemBucket
  private let state = Mutex(State())

  struct State {
    /// Bytes handed out, by key.
    var served: [String: UInt64] = [:]
    /// Bytes of content that may still be handed out; what comes after fails.
    var budget = UInt64.max
    /// Keys of which one byte is wrong, and how many times still.
    var damaged: [String: Int] = [:]
    var etags: [String: String] = [:]
    /// What `expectedETag` answers.
    var expectedETag: String?
  }

  static let raw = "01M81B088QDAD3JHFN4993ETCA"
  static let xor2 = "01M81B089WZ6FKNMSDPKBMGYCV"
  static let old = "01DXXFZDYD1MQW6079WK0K6EDQ"

  /// - Parameter blocks: of the fixtures; they go in under the label `cluster="eu1"`.
  init(_ blocks: [String] = DataFolder.rawBlocks, hash: HashFunction = .sha256) async throws {
    folder = try TemporaryFolder()
    base = FileSystemBucket(directory: folder.path)
    for block in blocks {
      guard let ulid = block.split(separator: "/").last.flatMap({ ULID($0) }) else { continue }
      try await send(BlockFolder(ulid: ulid, path: "\(Fixtures.root)/\(block)"), hash)
    }
  }

  /// Puts a block in as a shipper does.
  private func send(_ block: BlockFolder, _ hash: HashFunction) async throws {
    var files: [ThanosSection.File] = []
    for (path, size) in try block.files() where ![BlockMeta.fileName, BlockFolder.tombstonesName].contains(path) {
      let file = try OpenFile("\(block.path)/\(path)")
      try await base.put("\(block.ulid)/\(path)", .file(file))
      files.append(ThanosSection.File(path: path, size: size, sha256: hash == .sha256 ? try SHA256Hex.of(file) : nil))
    }
    let meta = UploadedMeta(
      labels: try ExternalLabels(parsing: ["cluster=eu1"]), source: "sidecar", segments: try block.segmentNames().segments,
      files: files, indexStatistics: try IndexStatistics(of: try Index(FileBytes(mapping: block.indexPath))),
      uploadTime: "2023-11-14T22:13:20Z")
    let document = JSONValue.object(meta.document(of: try block.readMeta())).bytes(indent: "\t")
    try await base.put("\(block.ulid)/meta.json", .bytes(document))
  }

  var path: String { folder.path }
  var location: String { base.location }

  func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }
  func forget() { state.withLock { $0.served = [:] } }
  /// Bytes of index and chunks that were handed out.
  var servedData: UInt64 {
    state.withLock { $0.served.filter { !$0.key.hasSuffix(".json") }.reduce(0) { $0 + $1.value } }
  }
  func served(_ key: String) -> UInt64 { state.withLock { $0.served[key] ?? 0 } }

  /// Replaces text in an object.
  func edit(_ key: String, _ body: (String) -> String) async throws {
    let text = String(decoding: try await base.read(key, limit: 1 << 30), as: UTF8.self)
    try await base.put(key, .bytes(Array(body(text).utf8)))
  }

  /// Flips a bit of an object's byte.
  func flip(_ key: String, at offset: Int) async throws {
    var bytes = try await base.read(key, limit: 1 << 30)
    bytes[offset] ^= 0x10
    try await base.put(key, .bytes(bytes))
  }

  func listPage(prefix: String, style: ListingStyle, after token: ListingToken?) async throws -> ListingPage {
    var page = try await base.listPage(prefix: prefix, style: style, after: token)
    let etags = state.withLock { $0.etags }
    for place in page.objects.indices { page.objects[place].attributes.etag = etags[page.objects[place].key] }
    return page
  }
  func attributes(of key: String) async throws -> ObjectAttributes { try await base.attributes(of: key) }

  /// Pieces are small, so that a transfer can break off within a fixture's file.
  func get(
    _ key: String, range: Range<UInt64>?, receive: @escaping @Sendable ([UInt8]) async throws -> Void
  ) async throws -> ObjectAttributes {
    let isData = !key.hasSuffix(".json")
    let isDamaged = state.withLock { state in
      guard let left = state.damaged[key], left > 0 else { return false }
      state.damaged[key] = left - 1
      return true
    }
    return try await base.get(key, range: range) { [self] bytes in
      for start in stride(from: 0, to: bytes.count, by: 4096) {
        var piece = Array(bytes[start..<min(bytes.count, start + 4096)])
        let granted = state.withLock { state -> Int in
          let granted = isData ? Int(min(state.budget, UInt64(piece.count))) : piece.count
          if isData, state.budget != .max { state.budget -= UInt64(granted) }
          state.served[key, default: 0] += UInt64(granted)
          return granted
        }
        if isDamaged, start == 0, granted > 100 { piece[100] ^= 1 }
        if granted > 0 { try await receive(Array(piece.prefix(granted))) }
        if granted < piece.count { throw BucketError(.unavailable, key: key, in: location, "told to break off") }
      }
    }
  }

  @discardableResult
  func put(_ key: String, _ content: ObjectContent, _ options: PutOptions) async throws -> PutReceipt {
    try await base.put(key, content, options)
  }
  func delete(_ key: String) async throws { try await base.delete(key) }
  func expectedETag(of content: ObjectContent) async throws -> String? { state.withLock { $0.expectedETag } }
}

/// A logger that says nothing.
let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A data folder that blocks come into.
struct RestoredFolder {
  let folder: TemporaryFolder
  var path: String { folder.path + "/data" }

  init() throws { folder = try TemporaryFolder() }

  func restore(
    _ bucket: any Bucket, ids: [String] = [], check: BlockCheck.Depth = .index, requests: Int = 4, free: UInt64? = nil
  ) -> Restore {
    var options = RestoreOptions()
    options.selection.ids = Set(ids.compactMap { ULID($0) })
    options.check = check
    options.traffic = Traffic(requests: requests)
    var restore = Restore(path: path, bucket: bucket, options: options, progress: .none, logger: silent)
    if let free { restore.freeSpace = { _ in free } }
    return restore
  }

  /// The names in the folder, hidden ones too.
  func names() throws -> [String] { try Directory.entries(of: path).map(\.name) }

  /// The files of a block that came, by path, are those of the bucket.
  func holdsBlock(_ ulid: String, of bucket: ServedBucket) throws -> Bool {
    let there = try DataFolder.files(below: "\(bucket.path)/\(ulid)").filter { !$0.hasSuffix("-mark.json") }
    let here = try DataFolder.files(below: "\(path)/\(ulid)")
    let names = there.map { $0.dropFirst(bucket.path.count) }
    return try names == here.map { $0.dropFirst(path.count) }
      && zip(here, there).allSatisfy {
        try OpenFile($0).readAll(limit: 1 << 30) == OpenFile($1).readAll(limit: 1 << 30)
      }
  }
}
