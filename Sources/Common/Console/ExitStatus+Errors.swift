import ObjectStore
import TSDB
import Thanos

extension ExitStatus {
  /// How a program ends because of an error that stopped it as a whole: 2 where the same call will fail again until a flag
  /// or the bucket's configuration is put right, 3 where trying again may help.
  public static func of(_ error: any Error) -> ExitStatus {
    switch error {
    case is ConfigurationError, is DataDirectory.NotATSDB, is ExternalLabels.Invalid: .usage
    case let error as BucketError:
      switch error.code {
      case .bucketNotFound, .badCredentials, .accessDenied, .unreachable: .usage
      case .objectNotFound, .unavailable, .changed, .tooLarge, .noSpace, .rejected: .unfinished
      }
    default: .unfinished
    }
  }
}
