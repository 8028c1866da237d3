import HTTP

extension S3Bucket {
  @discardableResult
  public func get(
    _ key: String, range: Range<UInt64>?, receive: @escaping @Sendable ([UInt8]) async throws -> Void
  ) async throws -> ObjectAttributes {
    // There is no way to ask for no byte.
    if let range, range.isEmpty { return try await attributes(of: key) }
    do {
      return try await operation(.get, key: key) {
        let request = StoreRequest(method: .get, key: key, headers: encryption.reading)
        let got = try await client.download(
          request, range: range, stated: { try await statedAttributes(of: key) }, receive: receive)
        // Nothing of the object lies in the range: it is shorter, or empty.
        if let got { return got }
        return try await attributes(of: key)
      }
    } catch let failure as ReceiverFailure {
      throw failure.error
    }
  }

  /// What HEAD says of an object whose download did not say how long it is; `nil` where HEAD does not say it either.
  private func statedAttributes(of key: String) async throws -> ObjectAttributes? {
    do {
      return try await head(key)
    } catch StoreFailure.malformed {
      return nil
    } catch StoreFailure.refused(let refusal) where !refusal.isTemporary {
      return nil
    }
  }
}
