import ObjectStore
import Synchronization

/// An object of the source bucket as content for the destination: fetched range by range, hashed on the way, and always
/// the version that the source listed.
final class StreamedObject: ContentSource {
  /// What the source's bytes were held against.
  enum Proof: String, Sendable {
    /// The SHA-256 in meta.json.
    case sha256
    /// The source's ETag, which is the MD5 of the content there.
    case etag
    /// Nothing but their number: the source says no more.
    case size
  }

  /// Ranges up to this are fetched with what follows them: a directory is written in small windows, and a request each
  /// would wait for the network most of the time. Bytes.
  private static let smallRange: UInt64 = 1 << 20
  private static let readAhead: UInt64 = 8 << 20

  let key: String
  let size: UInt64
  private let bucket: any Bucket
  private let listed: ObjectAttributes
  /// As meta.json lists it, in lower-case hexadecimal.
  private let sha256: String?
  /// As the source's ETag has it.
  private let md5: String?
  private let digest: OrderedDigest
  private let ahead = Mutex<(start: UInt64, bytes: [UInt8])>((0, []))

  /// - Parameter etagsAreMD5: whether those of the source are, where an object went there in one request.
  init(_ key: String, _ listed: ObjectAttributes, in bucket: any Bucket, sha256: String?, etagsAreMD5: Bool) {
    self.key = key
    self.listed = listed
    self.bucket = bucket
    self.sha256 = sha256
    size = listed.size
    let etag = listed.etag?.lowercased()
    // No byte is hashed twice where once is enough.
    md5 = sha256 == nil && etagsAreMD5 ? etag.flatMap { Self.isMD5($0) ? $0 : nil } : nil
    digest = OrderedDigest(withMD5: md5 != nil)
  }

  /// The ETag of an object in parts has a dash.
  static func isMD5(_ etag: String) -> Bool { etag.utf8.count == 32 && etag.allSatisfy(\.isHexDigit) }

  /// The SHA-256 of what was read, once all of it was.
  var computedSHA256: String? { digest.digests(of: size)?.sha256 }

  /// - Throws: `BucketError` (`.changed` when the source has another version by now).
  func read(_ range: Range<UInt64>) async throws -> [UInt8] {
    let pass = digest.begin(at: range.lowerBound)
    do {
      let bytes = try await bytes(of: range)
      try await digest.take(bytes, at: range.lowerBound, pass: pass)
      return bytes
    } catch {
      digest.fail(error, pass: pass)
      throw error
    }
  }

  private func bytes(of range: Range<UInt64>) async throws -> [UInt8] {
    guard range.count <= Self.smallRange else { return try await fetch(range) }
    if let bytes = takeAhead(range) { return bytes }
    let (end, overflows) = range.lowerBound.addingReportingOverflow(Self.readAhead)
    let window = range.lowerBound..<max(range.upperBound, overflows ? size : min(size, end))
    let bytes = try await fetch(window)
    ahead.withLock { $0 = (range.lowerBound, bytes) }
    return takeAhead(range) ?? Array(bytes.prefix(range.count))
  }

  private func takeAhead(_ range: Range<UInt64>) -> [UInt8]? {
    ahead.withLock { ahead in
      let end = ahead.start &+ UInt64(ahead.bytes.count)
      guard ahead.start <= range.lowerBound, range.upperBound <= end, !range.isEmpty else { return nil }
      let first = Int(range.lowerBound - ahead.start)
      let bytes = Array(ahead.bytes[first..<(first + range.count)])
      if range.upperBound == end { ahead = (0, []) }
      return bytes
    }
  }

  private func fetch(_ range: Range<UInt64>) async throws -> [UInt8] {
    let received = Received(capacity: range.count)
    let now = try await bucket.get(key, range: range) { received.append($0) }
    guard Self.isSameVersion(now, listed) else {
      throw BucketError(
        .changed, key: key, in: bucket.location, "it changed in the source while it was copied; run again")
    }
    let bytes = received.take()
    guard bytes.count == range.count else {
      throw BucketError(
        .changed, key: key, in: bucket.location,
        "it gave \(bytes.count) bytes from byte \(range.lowerBound) on instead of \(range.count); run again")
    }
    return bytes
  }

  private static func isSameVersion(_ now: ObjectAttributes, _ listed: ObjectAttributes) -> Bool {
    guard now.size == listed.size else { return false }
    if let etag = now.etag, let other = listed.etag { return etag == other }
    // Without ETags this is a directory, whose times are exact.
    guard now.etag == nil, listed.etag == nil, let time = now.modified, let other = listed.modified else { return true }
    return time == other
  }

  /// The last word before the object appears in the destination.
  /// - Returns: what the bytes were held against.
  /// - Throws: `DamagedOnTheWay`.
  @discardableResult
  func check() throws(DamagedOnTheWay) -> Proof {
    guard let found = digest.digests(of: size) else {
      throw DamagedOnTheWay(key: key, source: bucket.location, "not all of it was read")
    }
    if let sha256 {
      guard found.sha256 == sha256 else {
        throw DamagedOnTheWay(
          key: key, source: bucket.location, "its SHA-256 is \(found.sha256), and its meta.json lists \(sha256)")
      }
      return .sha256
    }
    guard let md5 else { return .size }
    guard found.md5 == md5 else {
      throw DamagedOnTheWay(
        key: key, source: bucket.location, "its MD5 is \(found.md5 ?? "unknown"), and the source's ETag says \(md5)")
    }
    return .etag
  }
}

/// What the source gave is not what it should be. The object does not come to be in the destination.
public struct DamagedOnTheWay: Error, CustomStringConvertible {
  public let key: String
  public let source: String
  public let reason: String

  init(key: String, source: String, _ reason: String) {
    self.key = key
    self.source = source
    self.reason = reason
  }

  public var description: String {
    "\(source): \(key): \(reason); damaged in the source or on the way, so that it was not written: run again, and if"
      + " it stays so, see what verify says of the source"
  }
}

/// Bytes as they arrive, in one piece of memory.
private final class Received: Sendable {
  private let bytes: Mutex<[UInt8]>

  init(capacity: Int) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(capacity)
    self.bytes = Mutex(bytes)
  }

  func append(_ more: [UInt8]) { bytes.withLock { $0 += more } }
  func take() -> [UInt8] { bytes.withLock { bytes in
    defer { bytes = [] }
    return bytes
  } }
}
