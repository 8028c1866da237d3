import ObjectStore
import Platform
import Thanos

/// Proves that an object has the SHA-256 that meta.json lists of it: by the one that the store keeps of the whole
/// object, or by reading it. The listed hash alone proves only what its uploader had.
struct ListedHashProof: Sendable {
  let bucket: any Bucket
  let object: ExpectedObject
  let downloads: Bool

  enum Outcome: Sendable {
    /// - Parameter sha256: of the bytes, where they were read.
    case equal(FileReport.Evidence, sha256: String?)
    /// - Parameter found: where that hash is from, and the hash.
    case differs(found: String, sha256: String?)
    case unknown(String)
  }

  static let noHash = "meta.json has no hash of it; --level full reads it"
  static let noDownload = "only a download could hold it against the hash in meta.json"

  /// - Throws: `BucketError`, `CancellationError`.
  func run() async throws -> Outcome {
    guard let expected = object.sha256 else { return .unknown(Self.noHash) }
    if let stored = try await storedHash() {
      if stored == expected { return .equal(.storedChecksum, sha256: nil) }
      return .differs(found: "the store keeps \(stored)", sha256: nil)
    }
    guard downloads else { return .unknown(Self.noDownload) }
    let hash = StreamedHash()
    try await bucket.getInWindows(object.key) { await hash.add($0) }
    let found = await hash.finalize()
    if found == expected { return .equal(.sha256, sha256: found) }
    return .differs(found: "the object has \(found)", sha256: found)
  }

  /// The SHA-256 that the store keeps of the whole object, in hexadecimal.
  private func storedHash() async throws -> String? {
    do {
      let checksum = try await bucket.evidence(of: object.key).attributes.checksum
      let bytes = checksum.flatMap { $0.algorithm == "SHA256" ? $0.bytes : nil }
      return bytes.flatMap { $0.count == 32 ? SHA256Hex.text($0) : nil }
    } catch let error as BucketError where downloads && error.code == .accessDenied {
      // Reading will tell whether that is forbidden too.
      return nil
    }
  }
}
