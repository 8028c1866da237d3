import HTTP
import Synchronization

extension S3Bucket {
  @discardableResult
  public func get(
    _ key: String, range: Range<UInt64>?, receive: @escaping @Sendable ([UInt8]) async throws -> Void
  ) async throws -> ObjectAttributes {
    // There is no way to ask for no byte.
    if let range, range.isEmpty { return try await attributes(of: key) }
    do {
      return try await operation(.get, key: key) { try await stream(key, range: range, receive: receive) }
    } catch let failure as ReceiverFailure {
      throw failure.error
    }
  }

  private func stream(
    _ key: String, range: Range<UInt64>?, receive: @escaping @Sendable ([UInt8]) async throws -> Void
  ) async throws -> ObjectAttributes {
    let download = S3Download(range: range)
    let request = S3Request(method: .get, key: key, headers: encryption.reading)
    do {
      return try await client.retrying(request, progress: { download.received }) { attempt in
        if let whole = download.finished { return whole }
        var request = request
        for field in download.fields.fields { request.headers.add(field.name, field.value) }
        return try await client.exchange(request, attempt: attempt) { head, exchange in
          let attributes = try download.accept(head)
          while let bytes = try await exchange.next() {
            guard let wanted = download.take(bytes) else { break }
            do { try await receive(wanted) } catch { throw ReceiverFailure(error: error) }
          }
          try download.check()
          return attributes
        }
      }
    } catch S3Failure.refused(let refusal) where refusal.status == 416 {
      // Nothing of the object lies in the range: it is shorter, or empty.
      return try await attributes(of: key)
    }
  }
}

/// What `receive` threw: carried past the mapping of a store's errors.
private struct ReceiverFailure: Error {
  let error: any Error
}

/// How far a download has come, so that the next request goes on from there.
private final class S3Download: Sendable {
  private let range: Range<UInt64>
  private let isWhole: Bool
  private let state: Mutex<State>

  private struct State {
    /// Of the next byte to hand on.
    var offset: UInt64
    /// Of the next byte that the answer at hand brings.
    var incoming: UInt64 = 0
    var attributes: ObjectAttributes?
  }

  init(range: Range<UInt64>?) {
    isWhole = range == nil
    self.range = range ?? 0..<UInt64.max
    state = Mutex(State(offset: self.range.lowerBound))
  }

  /// Bytes handed on so far.
  var received: UInt64 { state.withLock { $0.offset } - range.lowerBound }

  private static func end(_ range: Range<UInt64>, _ attributes: ObjectAttributes) -> UInt64 {
    min(range.upperBound, attributes.size)
  }

  /// Set when the last byte had come before the connection broke.
  var finished: ObjectAttributes? {
    state.withLock { state in
      state.attributes.flatMap { state.offset >= Self.end(range, $0) ? $0 : nil }
    }
  }

  /// The fields that ask for what is missing, of the same version of the object.
  var fields: HTTPHeaders {
    state.withLock { state in
      var headers = HTTPHeaders([("Accept-Encoding", "identity")])
      if !isWhole || state.offset > 0 {
        let last = range.upperBound == .max ? "" : "\(range.upperBound - 1)"
        headers.add("Range", "bytes=\(state.offset)-\(last)")
      }
      if let etag = state.attributes?.etag { headers.add("If-Match", "\"\(etag)\"") }
      return headers
    }
  }

  /// Takes an answer's head: which bytes it brings, and that the object is still the same.
  func accept(_ head: HTTPHead) throws -> ObjectAttributes {
    let contentRange = head.headers["Content-Range"]
    let isPart = head.status == 206
    let attributes = try S3Bucket.attributes(
      head, size: isPart ? contentRange.flatMap(S3Bucket.totalSize) : head.contentLength)
    return try state.withLock { state in
      if let before = state.attributes, before.etag != attributes.etag || before.size != attributes.size {
        throw S3Failure.refused(S3Refusal(status: 412, code: "PreconditionFailed"))
      }
      state.attributes = attributes
      // A store that knows no ranges sends everything from the front.
      state.incoming = isPart ? Self.firstByte(contentRange) ?? state.offset : 0
      guard state.incoming <= state.offset else {
        throw S3Failure.malformed("the answer begins at byte \(state.incoming) instead of \(state.offset)")
      }
      return attributes
    }
  }

  /// The part of arriving bytes that was asked for and has not been handed on; `nil` when the range is past.
  func take(_ bytes: [UInt8]) -> [UInt8]? {
    state.withLock { state in
      let first = state.incoming
      state.incoming += UInt64(bytes.count)
      let from = max(first, state.offset)
      let to = min(state.incoming, range.upperBound)
      if from < to { state.offset = to }
      if first >= range.upperBound { return nil }
      guard from < to else { return [] }
      return from == first && to == state.incoming ? bytes : Array(bytes[Int(from - first)..<Int(to - first)])
    }
  }

  /// - Throws: a failure that is tried again, if bytes are missing at the end of an answer.
  func check() throws {
    try state.withLock { state in
      guard let attributes = state.attributes, state.offset < Self.end(range, attributes) else { return }
      throw S3Failure.connection(
        HTTPError(.broken, "the answer ended at byte \(state.offset) of \(attributes.size)"), hadContact: true)
    }
  }

  /// Of `bytes 10-19/1234`.
  private static func firstByte(_ contentRange: String?) -> UInt64? {
    guard let range = contentRange?.split(separator: " ").last else { return nil }
    return range.split(separator: "-").first.flatMap { UInt64($0) }
  }
}
