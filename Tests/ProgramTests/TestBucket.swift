import Fixtures
import Logging
import ObjectStore
import Platform
import Shipping
import Synchronization
import TSDB
import Thanos

/// A FILESYSTEM bucket of a test's own that notes every write and refuses those it is told to.
final class TestBucket: Bucket {
  private let folder: TemporaryFolder
  private let base: FileSystemBucket
  private let written = Mutex<[String]>([])
  private let refuses: @Sendable (String) -> Bool
  private let code: BucketError.Code

  struct Refused: Error {}

  /// - Parameter code: of the error for keys that are refused.
  init(
    with code: BucketError.Code = .rejected, refusing refuses: @escaping @Sendable (String) -> Bool = { _ in false }
  ) throws {
    self.code = code
    folder = try TemporaryFolder()
    try Directory.create("\(folder.path)/bucket")
    base = FileSystemBucket(directory: "\(folder.path)/bucket")
    self.refuses = refuses
  }

  var path: String { "\(folder.path)/bucket" }
  /// For the state of whoever sends to it.
  var state: String { "\(folder.path)/state" }
  var location: String { base.location }
  /// Keys in the order of their `put`.
  var puts: [String] { written.withLock { $0 } }
  func forgetPuts() { written.withLock { $0 = [] } }

  func listPage(prefix: String, style: ListingStyle, after token: ListingToken?) async throws -> ListingPage {
    try await base.listPage(prefix: prefix, style: style, after: token)
  }
  func attributes(of key: String) async throws -> ObjectAttributes { try await base.attributes(of: key) }
  func get(
    _ key: String, range: Range<UInt64>?, receive: @escaping @Sendable ([UInt8]) async throws -> Void
  ) async throws -> ObjectAttributes {
    try await base.get(key, range: range, receive: receive)
  }
  @discardableResult
  func put(_ key: String, _ content: ObjectContent, _ options: PutOptions) async throws -> PutReceipt {
    if refuses(key) { throw BucketError(code, key: key, in: location, "told to refuse") }
    written.withLock { $0.append(key) }
    return try await base.put(key, content)
  }
  func delete(_ key: String) async throws { try await base.delete(key) }

  /// Flips a bit of an object's byte.
  func flip(_ key: String, at offset: Int) async throws {
    var bytes = try await read(key, limit: 1 << 30)
    bytes[offset] ^= 0x10
    try await base.put(key, .bytes(bytes))
  }
}

/// A logger that says nothing.
let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

extension ExternalLabels {
  static func of(_ texts: String...) throws -> ExternalLabels { try ExternalLabels(parsing: texts) }
}

extension BackfillOptions {
  /// The fixtures' blocks of 2023 overlap each other: with these options all of them go in.
  static var overlapping: BackfillOptions {
    var options = BackfillOptions()
    options.allowsOverlaps = true
    return options
  }
}
