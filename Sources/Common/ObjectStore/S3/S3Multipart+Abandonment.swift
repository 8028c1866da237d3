import Logging

extension S3Multipart {
  /// How far the store's clock may be behind this machine's: the 15 minutes beyond which signatures are refused.
  private static let clockSkew: Int64 = 15 * 60 * 1000

  /// Throws away what an earlier run left of an upload. What is no longer there is fine.
  func abandon(_ key: String, _ upload: UnfinishedUpload) async throws {
    if let id = upload.id { return try await abortIfThere(key, upload: id) }
    let ids: [String]
    do {
      ids = try await uploads(of: key, since: upload.begun &- Self.clockSkew)
    } catch StoreFailure.refused(let refusal) where Self.meansNotPermitted(refusal) {
      client.logger.info("an unfinished upload of \(key) may be left, its store does not list uploads: \(refusal)")
      return
    }
    for id in ids { try await abortIfThere(key, upload: id) }
  }

  /// The same on the way to a new upload, which a refusal must not keep from being made.
  func abandonIfPermitted(_ key: String, _ upload: UnfinishedUpload) async throws {
    do {
      try await abandon(key, upload)
    } catch StoreFailure.refused(let refusal) where Self.meansNotPermitted(refusal) {
      client.logger.info("an unfinished upload of \(key) is left at the store: \(refusal)")
    }
  }

  /// Throws away what lost answers to beginning an upload may have left at the store. If that fails, the store's own rules
  /// have to: no reason not to go on.
  /// - Parameter begun: when the first attempt was made, in milliseconds since 1970.
  func abandonTwins(of upload: S3Upload, since begun: Int64) async throws {
    do {
      for id in try await uploads(of: upload.key, since: begun &- Self.clockSkew) where id != upload.id {
        try await abortIfThere(upload.key, upload: id)
      }
    } catch let failure as StoreFailure {
      client.logger.info("a second upload of \(upload.key) may be left at the store: \(failure)")
    }
  }

  private func abortIfThere(_ key: String, upload id: String) async throws {
    do {
      try await abort(key, upload: id)
    } catch StoreFailure.refused(let refusal)
      where refusal.code == "NoSuchUpload" || refusal.status == 404 && refusal.code != "NoSuchBucket"
    {
      return
    }
  }

  /// Whether a call is not open to these credentials, or the store does not know it: no reason to do without the rest.
  /// Wrong credentials are something else.
  static func meansNotPermitted(_ refusal: StoreRefusal) -> Bool {
    switch refusal.code {
    case "AccessDenied", "AllAccessDisabled", "NotImplemented", "MethodNotAllowed", "InvalidRequest",
      "InvalidArgument":
      true
    case "": [400, 403, 404, 405, 501].contains(refusal.status)
    default: refusal.status == 501
    }
  }

  /// Aborts in a task of its own, which the cancellation of this one does not reach, and does not wait for it for long:
  /// the store clears unfinished uploads away by its own rules, too.
  func throwAway(_ upload: S3Upload) async {
    let abortion = Task { try? await abort(upload.key, upload: upload.id) }
    let limit = Task {
      try await Task.sleep(for: .seconds(15))
      abortion.cancel()
    }
    await abortion.value
    limit.cancel()
  }
}
