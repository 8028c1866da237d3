import HTTP

extension StoreClient {
  /// Streams what `request` gets, or the part of it in `range`, and goes on where a transfer broke off, in the same
  /// version of the object.
  ///
  /// - Parameters:
  ///   - window: bytes that are handed over at once: few calls, and still in the processor's cache when they are looked
  ///     at.
  ///   - stated: what the store says of the object, asked where an answer does not say how long it is; `nil` where it
  ///     does not say it there either.
  /// - Returns: `nil` where nothing of the object lies in the range.
  /// - Throws: `StoreFailure`, `CredentialError`, `CancellationError`; `ReceiverFailure` with what `receive` throws.
  func download(
    _ request: StoreRequest, range: Range<UInt64>?, window: Int = 512 << 10,
    stated: () async throws -> ObjectAttributes?, receive: @Sendable ([UInt8]) async throws -> Void
  ) async throws -> ObjectAttributes? {
    let download = StoreDownload(range: range)
    do {
      return try await retrying(request, progress: { download.received }) { attempt in
        if let whole = download.finished { return whole }
        var request = request
        for field in download.fields.fields { request.headers.add(field.name, field.value) }
        try await exchange(request, attempt: attempt) { head, exchange in
          try download.accept(head)
          while let bytes = try await exchange.next(window: window) {
            guard let wanted = download.take(bytes) else { break }
            do { try await receive(wanted) } catch { throw ReceiverFailure(error: error) }
          }
        }
        if download.lacksSize { try download.settle(try await stated()) }
        return try download.check()
      }
    } catch StoreFailure.refused(let refusal) where refusal.status == 416 {
      return nil
    }
  }
}

/// What `receive` threw: carried past the mapping of a store's errors.
struct ReceiverFailure: Error {
  let error: any Error
}
