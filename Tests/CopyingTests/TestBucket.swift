import Copying
import Crypto
import Delivery
import Fixtures
import Logging
import ObjectStore
import Platform
import Shipping
import Synchronization
import TSDB
import Testing
import Thanos

/// A logger that says nothing.
let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A FILESYSTEM bucket of a test's own that can be made to behave otherwise.
final class TestBucket: Bucket {
  struct Behaviour: Sendable {
    /// Whether it has ETags: the MD5 of the content, with this in front.
    var etags: String?
    /// What becomes of bytes on their way out, by key.
    var gives: @Sendable (String, [UInt8]) -> [UInt8] = { $1 }
    /// Added to every listing of the key's prefix.
    var lists: [ListedObject] = []
    /// Called before every read of a range.
    var beforeGet: @Sendable (String, Range<UInt64>?) async throws -> Void = { _, _ in }
    /// Called before every write.
    var beforePut: @Sendable (String) async throws -> Void = { _ in }
  }

  private let folder: TemporaryFolder
  let base: FileSystemBucket
  private let written = Mutex<[String]>([])
  private let state = Mutex(Behaviour())

  init() throws {
    folder = try TemporaryFolder()
    try Directory.create("\(folder.path)/bucket")
    base = FileSystemBucket(directory: "\(folder.path)/bucket")
  }

  var path: String { "\(folder.path)/bucket" }
  var location: String { base.location }
  var behaviour: Behaviour {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }
  /// Keys in the order of their `put`.
  var puts: [String] { written.withLock { $0 } }
  func forgetPuts() { written.withLock { $0 = [] } }

  private func etag(of key: String) async throws -> String? {
    guard let front = behaviour.etags else { return nil }
    let md5 = Insecure.MD5.hash(data: try await base.read(key, limit: 1 << 30))
    return front + md5.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  func listPage(prefix: String, style: ListingStyle, after token: ListingToken?) async throws -> ListingPage {
    var page = try await base.listPage(prefix: prefix, style: style, after: token)
    if token == nil, style == .recursive { page.objects += behaviour.lists.filter { $0.key.hasPrefix(prefix) } }
    for place in page.objects.indices where behaviour.etags != nil {
      page.objects[place].attributes.etag = try await etag(of: page.objects[place].key)
    }
    return page
  }

  func attributes(of key: String) async throws -> ObjectAttributes { try await base.attributes(of: key) }

  func get(
    _ key: String, range: Range<UInt64>?, receive: @escaping @Sendable ([UInt8]) async throws -> Void
  ) async throws -> ObjectAttributes {
    try await behaviour.beforeGet(key, range)
    let gives = behaviour.gives
    var attributes = try await base.get(key, range: range) { try await receive(gives(key, $0)) }
    attributes.etag = try await etag(of: key)
    return attributes
  }

  @discardableResult
  func put(_ key: String, _ content: ObjectContent, _ options: PutOptions) async throws -> PutReceipt {
    try await behaviour.beforePut(key)
    let receipt = try await base.put(key, content, options)
    written.withLock { $0.append(key) }
    return receipt
  }

  func delete(_ key: String) async throws { try await base.delete(key) }

  func write(_ text: String, to key: String) async throws { try await base.put(key, .bytes(Array(text.utf8))) }

  /// Every object with its content.
  func contents() async throws -> [String: [UInt8]] {
    var contents: [String: [UInt8]] = [:]
    for object in try await base.list(prefix: "", style: .recursive).objects {
      contents[object.key] = try await base.read(object.key, limit: 1 << 30)
    }
    return contents
  }
}

/// The fixtures' blocks, in a bucket as Thanos has them.
enum Blocks {
  /// Of the same time and labels: raw, 5m, 1h. Their meta.json lists no hashes.
  static let downsampled = ["01M81B08HN0JE90AJ4DW4J7HDV", "01M81B0KSSX5FCZ5868AE5R719", "01M81B0KWKC84NS30MERVG5BFF"]
  /// Uploaded with a SHA-256 of each file, oldest first.
  static let hashed = ["01DXXFZDYD1MQW6079WK0K6EDQ", "01M81B088QDAD3JHFN4993ETCA", "01M81B089WZ6FKNMSDPKBMGYCV"]

  static func plain() async throws -> TestBucket {
    let bucket = try TestBucket()
    for ulid in downsampled {
      for file in ["chunks/000001", "index", "meta.json"] {
        try await bucket.base.put("\(ulid)/\(file)", .bytes(try Fixtures.bytes("downsampled/\(ulid)/\(file)")))
      }
    }
    return bucket
  }

  static func withHashes() async throws -> TestBucket {
    let (data, bucket, folder) = (try DataFolder(), try TestBucket(), try TemporaryFolder())
    var options = BackfillOptions()
    options.allowsOverlaps = true
    let upload = Backfill(
      bucket: bucket, labels: try ExternalLabels(parsing: ["cluster=eu1"]), options: options, logger: silent)
    let source = DataFolderSource(data.path)
    let state = try StateFolder(
      StatePlace(root: folder.path, bucket: "a", origin: "b"), outside: nil, logger: silent)
    await upload.carryOut(try await upload.plan(source), from: source, notes: state.notes, moved: { _ in }) { _, outcome in
      guard case .uploaded = outcome else { Issue.record("\(outcome)"); return }
    }
    bucket.forgetPuts()
    return bucket
  }
}

/// A run between two buckets with its outcomes in words, oldest block first.
struct TestCopy {
  let source: TestBucket
  let destination: TestBucket
  var options = CopyOptions()
  private let folder: TemporaryFolder

  init(_ source: TestBucket, _ destination: TestBucket? = nil) throws {
    self.source = source
    self.destination = try destination ?? TestBucket()
    folder = try TemporaryFolder()
  }

  func plan() async throws -> CopyPlan {
    try await BucketCopy(from: source, to: destination, options: options, logger: silent).plan()
  }

  /// `<ULID> <result>` of each block, and `: <reason>` of failures.
  @discardableResult
  func run() async throws -> [String] {
    let state = try StateFolder(
      StatePlace(root: folder.path, bucket: destination.location, origin: source.location), outside: nil, logger: silent)
    defer { state.release() }
    let copy = try BucketCopy(from: source, to: destination, options: options, logger: silent)
    let plan = try await copy.plan()
    var outcomes: [ULID: String] = [:]
    try await copy.carryOut(plan, notes: state.notes, moved: { _ in }) { block, outcome in
      outcomes[block.ulid] =
        switch outcome {
        case .copied: "copied"
        case .skipped: block.decision.name
        case .failed(let error): "failed: \(error)"
        case .interrupted: "interrupted"
        case .notSent: "not sent"
        }
    }
    return plan.blocks.map { "\($0.ulid) \(outcomes[$0.ulid] ?? "?")" }
  }
}
