import ObjectStore
import Platform
import Synchronization
import Thanos

/// A bucket in memory whose store can be made to lie, to lose, and to fail.
final class MemoryBucket: Bucket {
  struct Behaviour: Sendable {
    /// What the store gives as ETag of bytes; `nil` for none, as directories have it.
    var etag: (@Sendable ([UInt8]) -> String)? = MemoryBucket.checksum
    /// Whether `expectedETag` knows the rule.
    var hasETagRule = true
    /// What the store promises to keep of bytes, in place of an ETag that can be told beforehand; `nil` for nothing.
    var checksum: (@Sendable ([UInt8]) -> ObjectChecksum)?
    /// What it shows of that.
    var shows: @Sendable (_ key: String, ObjectChecksum?) throws -> ObjectChecksum? = { $1 }
    /// What the store keeps of what it was sent.
    var keeps: @Sendable (_ key: String, [UInt8]) -> [UInt8]? = { $1 }
    /// Before a `get` does its work.
    var beforeGet: @Sendable (_ key: String) async throws -> Void = { _ in }
    /// Thrown before, and after, a `put` does its work.
    var before: @Sendable (_ key: String) async throws -> Void = { _ in }
    var after: @Sendable (_ key: String) async throws -> Void = { _ in }
  }

  private struct State {
    var objects: [String: [UInt8]] = [:]
    var log: [String] = []
    var tiles: [String: CRC32CTiles] = [:]
  }

  private let state = Mutex(State())
  private let behaviour: Mutex<Behaviour>
  let location = "memory"

  init(_ behaviour: Behaviour = Behaviour()) { self.behaviour = Mutex(behaviour) }

  func behave(_ change: (inout sending Behaviour) -> Void) { behaviour.withLock { change(&$0) } }

  @Sendable static func checksum(_ bytes: [UInt8]) -> String {
    var hash = SHA256Hex()
    unsafe hash.update(bytes.span.bytes)
    return String(hash.finalize().prefix(32))
  }

  /// `put KEY`, `get KEY`, `delete KEY`, `abandon KEY ID`, in their order.
  var log: [String] { state.withLock { $0.log } }
  var puts: [String] { log.filter { $0.hasPrefix("put ") }.map { String($0.dropFirst(4)) } }
  /// The checksums that came with the content of a `put`.
  func tiles(_ key: String) -> CRC32CTiles? { state.withLock { $0.tiles[key] } }
  func forgetLog() { state.withLock { $0.log = [] } }
  var objects: [String: [UInt8]] { state.withLock { $0.objects } }
  func set(_ key: String, _ bytes: [UInt8]?) { state.withLock { $0.objects[key] = bytes } }

  private func note(_ line: String) { state.withLock { $0.log.append(line) } }

  private func attributes(_ bytes: [UInt8]) -> ObjectAttributes {
    let etag = behaviour.withLock { $0.etag }
    return ObjectAttributes(size: UInt64(bytes.count), modified: nil, etag: etag?(bytes))
  }

  func listPage(prefix: String, style: ListingStyle, after token: ListingToken?) async throws -> ListingPage {
    let keys = objects.keys.filter { $0.hasPrefix(prefix) }.sorted()
    var page = ListingPage(objects: [], folders: [], next: nil)
    for key in keys {
      if style == .delimited, let slash = key.dropFirst(prefix.count).firstIndex(of: "/") {
        let folder = String(key[...slash])
        if page.folders.last != folder { page.folders.append(folder) }
      } else {
        page.objects.append(ListedObject(key: key, attributes: attributes(objects[key] ?? [])))
      }
    }
    return page
  }

  func attributes(of key: String) async throws -> ObjectAttributes {
    guard let bytes = objects[key] else { throw BucketError(.objectNotFound, key: key, in: location, "none") }
    let behaviour = behaviour.withLock { $0 }
    var attributes = attributes(bytes)
    attributes.checksum = try behaviour.shows(key, behaviour.checksum?(bytes))
    return attributes
  }

  func get(
    _ key: String, range: Range<UInt64>?, receive: @escaping @Sendable ([UInt8]) async throws -> Void
  ) async throws -> ObjectAttributes {
    note("get \(key)")
    try await behaviour.withLock { $0 }.beforeGet(key)
    guard let bytes = objects[key] else { throw BucketError(.objectNotFound, key: key, in: location, "none") }
    let all = 0..<UInt64(bytes.count)
    let wanted = range?.clamped(to: all) ?? all
    try await receive(Array(bytes[Int(wanted.lowerBound)..<Int(wanted.upperBound)]))
    return attributes(bytes)
  }

  @discardableResult
  func put(_ key: String, _ content: ObjectContent, _ options: PutOptions) async throws -> PutReceipt {
    let behaviour = behaviour.withLock { $0 }
    try await behaviour.before(key)
    try Task.checkCancellation()
    note("put \(key)")
    state.withLock { $0.tiles[key] = options.crc32c }
    let bytes = try await content.read()
    let kept = behaviour.keeps(key, bytes)
    set(key, kept)
    try await behaviour.after(key)
    options.delivered?(UInt64(bytes.count))
    let promised = behaviour.checksum?(bytes)
    return PutReceipt(
      etag: kept.flatMap { behaviour.etag?($0) },
      expectedETag: behaviour.hasETagRule && promised == nil ? behaviour.etag?(bytes) : nil, checksum: promised,
      partSize: nil, sent: UInt64(bytes.count))
  }

  func expectedETag(of content: ObjectContent) async throws -> String? {
    let behaviour = behaviour.withLock { $0 }
    guard behaviour.hasETagRule, let etag = behaviour.etag else { return nil }
    return etag(try await content.read())
  }

  func abandon(_ key: String, _ upload: UnfinishedUpload) async throws { note("abandon \(key) \(upload.id ?? "?")") }

  func delete(_ key: String) async throws {
    note("delete \(key)")
    set(key, nil)
  }
}

extension ObjectContent {
  fileprivate func read() async throws -> [UInt8] {
    switch self {
    case .bytes(let bytes): bytes
    case .file(let file, let range): try file.read(range)
    case .source(let source): try await source.read(0..<source.size)
    }
  }
}
