import ObjectStore
import Platform
import Thanos

/// Says which side of a difference has the SHA-256 that the bucket's meta.json lists, and so is the one that was
/// uploaded. That takes another look at either, which a difference is worth.
struct ListedSide: Sendable {
  let proof: CopyProof
  /// As meta.json lists it.
  let sha256: String

  /// - Throws: `FileError`, `CancellationError`.
  func words() async throws -> String {
    if try await SHA256Hex.digest(of: proof.file) == sha256 {
      return "meta.json lists the local file's SHA-256: the local file is the one that was uploaded"
    }
    do {
      let object = ExpectedObject(
        path: "", key: proof.key, size: proof.file.size, listedSize: nil, sha256: sha256)
      switch try await ListedHashProof(bucket: proof.bucket, object: object, downloads: proof.downloads).run() {
      case .equal: return "meta.json lists the object's SHA-256: the object is the one that was uploaded"
      case .differs: return "meta.json lists the SHA-256 of neither: look for a third copy"
      case .unknown: break
      }
    } catch is BucketError {
      // The difference is known all the same.
    }
    return "meta.json lists another SHA-256 than the local file's"
  }
}
