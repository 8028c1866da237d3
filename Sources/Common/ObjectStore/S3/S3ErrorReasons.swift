import HTTP
import Platform

/// What was being done, with the permission that it takes on AWS.
enum S3Action: String, Sendable {
  case list = "s3:ListBucket"
  case head
  case get = "s3:GetObject"
  case put = "s3:PutObject"
  case delete = "s3:DeleteObject"
  case abort = "s3:AbortMultipartUpload"

  var permission: String { self == .head ? S3Action.get.rawValue : rawValue }
}

/// The one place where a store's failures become `BucketError`, each with the way out.
struct S3ErrorReasons: Sendable {
  let location: String
  let credentials: CredentialHolder<S3Credentials>

  /// Cancellation, and errors about the user's own files, stay what they are.
  func error(_ error: any Error, doing action: S3Action, key: String?) -> any Error {
    switch error {
    case StoreFailure.connection(let error, let hadContact, _):
      ConnectionReasons(location: location, address: "`endpoint`", protocolName: "S3")
      .error(error, hadContact: hadContact, key: key)
    case StoreFailure.refused(let refusal): refused(refusal, doing: action, key: key)
    case let error as CredentialError:
      BucketError(
        error.code == .unreachable ? .unreachable : .badCredentials, key: key, in: location, "\(error)", cause: error)
    case StoreFailure.malformed(let reason): BucketError(.rejected, key: key, in: location, reason)
    case let error as XMLError:
      BucketError(
        .rejected, key: key, in: location, "the answer is not S3's (\(error)): is `endpoint` an S3 address?",
        cause: error)
    default: error
    }
  }

  private func refused(_ refusal: StoreRefusal, doing action: S3Action, key: String?) -> BucketError {
    let (code, reason) = reading(refusal, doing: action, key: key)
    return BucketError(code, key: key, in: location, reason)
  }

  private func reading(_ refusal: StoreRefusal, doing action: S3Action, key: String?) -> (BucketError.Code, String) {
    switch refusal.code {
    case "NoSuchBucket":
      return (.bucketNotFound, "the bucket does not exist: create it, or correct `bucket`")
    case "NoSuchKey", "NoSuchVersion":
      return (.objectNotFound, "there is no such object")
    case "InvalidAccessKeyId", "InvalidClientTokenId":
      return (.badCredentials, "the store does not know the access key: check `access_key` (\(refusal))")
    case "SignatureDoesNotMatch", "InvalidSecurity":
      return (.badCredentials, "the signature is refused: check `secret_key` and `signature_version2` (\(refusal))")
    case "UnsupportedAlgorithm", "UnsupportedSignature":
      return (.badCredentials, unsupportedSignature(refusal))
    // AWS and MinIO have no code of their own for it.
    case "InvalidRequest" where refusal.message.contains("AWS4-HMAC-SHA256"):
      return (.badCredentials, unsupportedSignature(refusal))
    case "ExpiredToken", "InvalidToken", "TokenRefreshRequired", "ExpiredTokenException":
      return (.badCredentials, "the session token is expired or wrong: renew the credentials (\(refusal))")
    case "RequestTimeTooSkewed", "RequestExpired":
      return (.rejected, "this machine's clock and the store's are too far apart: set the clock (\(refusal))")
    case "EntityTooLarge", "MaxSizeExceeded":
      return (.tooLarge, "it is larger than the store takes (\(refusal))")
    case "QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "InsufficientStorage":
      return (.noSpace, "the store has no room left, or a quota is used up (\(refusal))")
    case "BadDigest", "XAmzContentSHA256Mismatch", "InvalidDigest":
      return (.rejected, "it arrived as something else: did the file change meanwhile? Upload it again (\(refusal))")
    // GLACIER, DEEP_ARCHIVE, and the archive tiers of INTELLIGENT_TIERING; with status 403, though no right is missing.
    case "InvalidObjectState":
      return (.rejected, "it is archived: restore it in the store first (restore-object), then run again (\(refusal))")
    case "PreconditionFailed":
      return (.changed, "the object changed while it was being read: start again")
    case "AccessDenied", "AllAccessDisabled", "AccountProblem":
      return (.accessDenied, denied(refusal, doing: action))
    default: return byStatus(refusal, doing: action, key: key)
    }
  }

  private func byStatus(_ refusal: StoreRefusal, doing action: S3Action, key: String?) -> (BucketError.Code, String) {
    if refusal.isTemporary {
      return (.unavailable, "the store kept asking to slow down or failing: try again later (\(refusal))")
    }
    switch refusal.status {
    case 301, 302, 307, 308:
      let place = refusal.endpoint.map { " (it names \(StoreRefusal.oneLine($0)))" } ?? ""
      return (.rejected, "the bucket is at another address: correct `endpoint` or `region`\(place) (\(refusal))")
    case 401, 403: return (.accessDenied, denied(refusal, doing: action))
    case 404 where key != nil && refusal.code.isEmpty: return (.objectNotFound, "there is no such object")
    case 404 where refusal.code.isEmpty:
      return (.bucketNotFound, "there is no such bucket: correct `bucket` or `endpoint`")
    case 407: return (.unreachable, "the proxy wants a user and a password, or others (\(refusal))")
    case 412: return (.changed, "the object changed while it was being read: start again")
    case 507: return (.noSpace, "the store has no room left (\(refusal))")
    default: return (.rejected, "the store refuses: \(refusal)")
    }
  }

  private func unsupportedSignature(_ refusal: StoreRefusal) -> String {
    "the store does not take this version of signatures: change `signature_version2` (\(refusal))"
  }

  private func denied(_ refusal: StoreRefusal, doing action: S3Action) -> String {
    if let places = credentials.fruitlessPlaces {
      return "the store wants credentials, and none were found: set `access_key` and `secret_key`, or one of what was "
        + "looked at (\(places))"
    }
    if action == .head {
      return
        "\(action.permission) is not permitted, or there is no such object: without s3:ListBucket the store does not "
        + "say which (\(refusal))"
    }
    return "\(action.permission) is not permitted to these credentials (\(refusal))"
  }
}
