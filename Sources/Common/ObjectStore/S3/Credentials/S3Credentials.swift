/// Who a request is signed as.
struct S3Credentials: Equatable, Sendable {
  var accessKey: String
  var secretKey: Secret
  /// Of temporary credentials.
  var sessionToken: Secret?
}
