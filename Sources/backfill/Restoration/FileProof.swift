import ObjectStore
import Platform
import TSDB
import Thanos

/// Proves that a file on the disk is what the bucket should have.
struct FileProof: Sendable {
  let bucket: any Bucket

  /// The content is not what its hash says.
  struct Mismatch: Error, CustomStringConvertible {
    enum Evidence: String {
      case sha256 = "SHA-256"
      case etag = "ETag"
    }
    let evidence: Evidence
    let key: String
    let expected: String
    let found: String
    /// Whether it had been fetched anew. Once, it may have been damaged on the way.
    var isRepeated = false

    var description: String {
      switch evidence {
      case .sha256:
        "\(key): meta.json says SHA-256 \(expected), its bytes have \(found)"
          + (isRepeated ? ", fetched twice: the bucket has it damaged" : "")
      case .etag:
        "\(key): the store says ETag \(expected), its bytes give \(found)"
          + (isRepeated ? ", fetched twice: they were damaged, in the store or on the way" : "")
      }
    }
  }

  /// - Returns: `nil` where all that can be compared agrees.
  /// - Throws: `FileError`, `CancellationError`, what the bucket throws.
  func mismatch(_ file: RestorableFile, on disk: WritableFile) async throws -> Mismatch? {
    if let expected = file.sha256 {
      let found = try await Self.sha256(disk)
      return found == expected ? nil : Mismatch(evidence: .sha256, key: file.key, expected: expected, found: found)
    }
    guard let etag = file.attributes.etag, Self.isMD5(etag) else { return nil }
    let content = try await BlockingPool.shared.run { ObjectContent.file(try disk.reader()) }
    // An ETag of parts is comparable only if the object was sent in the parts that we would make.
    guard let found = try await bucket.expectedETag(of: content), Self.isMD5(found) else { return nil }
    return found == etag.lowercased()
      ? nil : Mismatch(evidence: .etag, key: file.key, expected: etag, found: found)
  }

  static func sha256(_ disk: WritableFile) async throws -> String {
    try await BlockingPool.shared.runCancellably { cancellation in
      var hash = SHA256Hex()
      let reader = try disk.reader()
      try reader.forEachWindow(of: 0..<reader.size) { window in
        try cancellation.check()
        hash.update(window)
      }
      return hash.finalize()
    }
  }

  /// Whether an ETag has the shape of an object's that was sent in one request.
  private static func isMD5(_ etag: String) -> Bool {
    etag.utf8.count == 32
      && etag.lowercased().utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }
}
