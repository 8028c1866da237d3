import Console
import ObjectStore

extension ExitStatus {
  /// How `verify` ends because of an error that stopped it as a whole. A network, a key or a permission that is in the
  /// way says nothing of the blocks: that is "could not finish", and not a wrong configuration.
  static func ofVerification(_ error: any Error) -> ExitStatus {
    if let error = error as? BucketError, error.code != .bucketNotFound { return .unfinished }
    return .of(error)
  }
}
