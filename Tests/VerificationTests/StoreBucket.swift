import Crypto
import Logging
import ObjectStore
import Platform
import Synchronization

/// An S3 store in memory: objects with the ETags and checksums that S3 gives them, requests counted, failures on order.
final class StoreBucket: Bucket {
  struct Object: Sendable {
    var bytes: [UInt8]
    /// As the store has it; what S3 computes of the bytes and the parts unless a test says otherwise.
    var etag: String
    /// Bytes of each part; `nil` for an object in one piece.
    var partSize: Int?
    var checksum: ObjectChecksum?
    var isEncrypted = false
    var modified: Int64? = 1_700_000_000_000

    init(_ bytes: [UInt8], partSize: Int? = nil) {
      self.bytes = bytes
      self.partSize = partSize
      etag = StoreBucket.etag(of: bytes, partSize: partSize)
    }
  }

  enum Request: Hashable, Sendable { case list, head, get, put, delete }

  private struct State {
    var objects: [String: Object] = [:]
    var log: [(request: Request, key: String)] = []
    var failures: [Request: [String: BucketError]] = [:]
    var tellsPartSizes = false
    var slow: [String: Duration] = [:]
    var corrupted: Set<String> = []
    var actions: [Request: [String: @Sendable () throws -> Void]] = [:]
    var ghosts: Set<String> = []
    var open = 0
    var mostOpen = 0
  }

  private let state = Mutex(State())
  let location: String
  let name = "memory"
  /// Waited for in every `get`, for tests of what goes on at the same time.
  let delay: Duration

  init(delay: Duration = .zero, location: String = "memory") {
    self.delay = delay
    self.location = location
  }

  // MARK: For tests

  subscript(key: String) -> Object? {
    get { state.withLock { $0.objects[key] } }
    set { state.withLock { $0.objects[key] = newValue } }
  }

  var keys: [String] { state.withLock { $0.objects.keys.sorted() } }

  /// Requests of a kind for keys that are no meta.json, which is read in any case.
  func count(_ request: Request) -> Int {
    state.withLock { $0.log.count { $0.request == request && !$0.key.hasSuffix("/meta.json") } }
  }

  func requested(_ request: Request) -> [String] {
    state.withLock { $0.log.filter { $0.request == request }.map(\.key) }
  }

  func forgetLog() { state.withLock { $0.log = [] } }
  /// The most `get`s that were under way at a time, those of meta.json left out.
  var mostOpen: Int { state.withLock { $0.mostOpen } }

  func fail(_ request: Request, _ key: String, _ code: BucketError.Code) {
    let error = BucketError(code, key: key, in: location, "told to fail")
    state.withLock { $0.failures[request, default: [:]][key] = error }
  }

  /// Does something each time such a request comes, before it is answered.
  func before(_ request: Request, _ key: String, _ action: @escaping @Sendable () throws -> Void) {
    state.withLock { $0.actions[request, default: [:]][key] = action }
  }

  /// No failures any more.
  func mend() { state.withLock { $0.failures = [:] } }

  /// Lists a block's folder though nothing is in it, as some stores do for a while.
  func listGhost(of ulid: String) { state.withLock { _ = $0.ghosts.insert("\(ulid)/") } }

  /// What is put there is not what is there afterwards.
  func corrupt(_ key: String) { state.withLock { _ = $0.corrupted.insert(key) } }

  /// The place of the first such request among all.
  func order(of request: Request, _ key: String) -> Int {
    state.withLock { $0.log.firstIndex { $0.request == request && $0.key == key } } ?? .max
  }

  /// Every `get` of a block takes this long.
  func slow(_ ulid: String, by delay: Duration) { state.withLock { $0.slow[ulid] = delay } }

  func tellPartSizes() { state.withLock { $0.tellsPartSizes = true } }

  /// Changes a byte, ETag included, as a damaged upload has it.
  func flip(_ key: String, at offset: Int) {
    state.withLock { state in
      guard var object = state.objects[key] else { return }
      object.bytes[offset] ^= 0x10
      object.etag = Self.etag(of: object.bytes, partSize: object.partSize)
      state.objects[key] = object
    }
  }

  static func etag(of bytes: [UInt8], partSize: Int?) -> String {
    func md5(_ bytes: some Sequence<UInt8>) -> [UInt8] { Array(Insecure.MD5.hash(data: Array(bytes))) }
    func text(_ bytes: [UInt8]) -> String { bytes.map { String(UInt16($0) + 256, radix: 16).suffix(2) }.joined() }
    guard let partSize else { return text(md5(bytes)) }
    let parts = stride(from: 0, to: bytes.count, by: partSize).map { md5(bytes[$0..<min(bytes.count, $0 + partSize)]) }
    return "\(text(md5(parts.flatMap(\.self))))-\(parts.count)"
  }

  // MARK: Bucket

  private func note(_ request: Request, _ key: String) throws {
    let failure = state.withLock { state in
      state.log.append((request, key))
      return state.failures[request]?[key]
    }
    if let failure { throw failure }
    try state.withLock { $0.actions[request]?[key] }?()
  }

  private func object(_ key: String) throws -> Object {
    guard let object = self[key] else { throw BucketError(.objectNotFound, key: key, in: location, "none") }
    return object
  }

  private func attributes(_ object: Object) -> ObjectAttributes {
    ObjectAttributes(size: UInt64(object.bytes.count), modified: object.modified, etag: object.etag)
  }

  func listPage(prefix: String, style: ListingStyle, after token: ListingToken?) async throws -> ListingPage {
    try note(.list, prefix)
    var page = ListingPage(objects: [], folders: [], next: nil)
    if style == .delimited, prefix.isEmpty { page.folders = state.withLock { $0.ghosts.sorted() } }
    for key in keys where key.hasPrefix(prefix) {
      if style == .delimited, let slash = key.dropFirst(prefix.count).firstIndex(of: "/") {
        let folder = String(key[...slash])
        if page.folders.last != folder { page.folders.append(folder) }
      } else if let object = self[key] {
        page.objects.append(ListedObject(key: key, attributes: attributes(object)))
      }
    }
    return page
  }

  func attributes(of key: String) async throws -> ObjectAttributes {
    try note(.head, key)
    return attributes(try object(key))
  }

  func evidence(of key: String) async throws -> ObjectEvidence {
    var attributes = try await attributes(of: key)
    let object = try object(key)
    attributes.checksum = object.checksum
    return ObjectEvidence(attributes: attributes, etagMayBeChecksum: !object.isEncrypted)
  }

  func partSize(of key: String) async throws -> UInt64? {
    guard state.withLock({ $0.tellsPartSizes }) else { return nil }
    try note(.head, key)
    return try object(key).partSize.map(UInt64.init)
  }

  func get(
    _ key: String, range: Range<UInt64>?, receive: @escaping @Sendable ([UInt8]) async throws -> Void
  ) async throws -> ObjectAttributes {
    let isMeta = key.hasSuffix("/meta.json")
    state.withLock { state in
      state.open += isMeta ? 0 : 1
      state.mostOpen = max(state.mostOpen, state.open)
    }
    defer { state.withLock { $0.open -= isMeta ? 0 : 1 } }
    try note(.get, key)
    let wait = state.withLock { $0.slow[String(key.prefix(26))] } ?? delay
    if wait > .zero { try await Task.sleep(for: wait) }
    let object = try object(key)
    let all = 0..<UInt64(object.bytes.count)
    let wanted = range?.clamped(to: all) ?? all
    for start in stride(from: Int(wanted.lowerBound), to: Int(wanted.upperBound), by: 1 << 20) {
      try await receive(Array(object.bytes[start..<min(Int(wanted.upperBound), start + 1 << 20)]))
    }
    return attributes(object)
  }

  @discardableResult
  func put(_ key: String, _ content: ObjectContent, _ options: PutOptions) async throws -> PutReceipt {
    try note(.put, key)
    let bytes =
      switch content {
      case .bytes(let bytes): bytes
      case .file(let file, let range): try file.read(range)
      case .source(let source): try await source.read(0..<source.size)
      }
    try await options.confirm?()
    let object = Object(bytes)
    var kept = object
    if state.withLock({ $0.corrupted.contains(key) }) {
      kept.bytes[0] ^= 1
      kept.etag = Self.etag(of: kept.bytes, partSize: nil)
    }
    self[key] = kept
    return PutReceipt(etag: kept.etag, expectedETag: object.etag, partSize: nil, sent: UInt64(bytes.count))
  }

  func delete(_ key: String) async throws {
    try note(.delete, key)
    self[key] = nil
  }
}

/// A logger that says nothing.
let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
