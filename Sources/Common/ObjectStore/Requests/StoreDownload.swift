import HTTP
import Synchronization

/// How far a download has come, so that the next request goes on from there.
final class StoreDownload: Sendable {
  private let range: Range<UInt64>
  private let isWhole: Bool
  private let state: Mutex<State>

  private struct State {
    /// Of the next byte to hand on.
    var offset: UInt64
    /// Of the next byte that the answer at hand brings.
    var incoming: UInt64 = 0
    /// Of the version that is being read; its size is `size`.
    var version: (etag: String?, modified: Int64?)?
    /// Of the whole object (bytes), where the store said it.
    var size: UInt64?

    func attributes(_ size: UInt64) -> ObjectAttributes {
      ObjectAttributes(size: size, modified: version?.modified, etag: version?.etag)
    }
  }

  init(range: Range<UInt64>?) {
    isWhole = range == nil
    self.range = range ?? 0..<UInt64.max
    state = Mutex(State(offset: self.range.lowerBound))
  }

  /// Bytes handed on so far.
  var received: UInt64 { state.withLock { $0.offset } - range.lowerBound }

  private static func end(_ range: Range<UInt64>, _ size: UInt64) -> UInt64 { min(range.upperBound, size) }

  /// Set when the last byte had come before the connection broke.
  var finished: ObjectAttributes? {
    state.withLock { state in
      state.size.flatMap { state.offset >= Self.end(range, $0) ? state.attributes($0) : nil }
    }
  }

  /// Whether the size has to be asked for, now that the answer has ended.
  var lacksSize: Bool { state.withLock { $0.size == nil } }

  /// The fields that ask for what is missing, of the same version of the object.
  var fields: HTTPHeaders {
    state.withLock { state in
      var headers = HTTPHeaders([("Accept-Encoding", "identity")])
      if !isWhole || state.offset > 0 {
        let last = range.upperBound == .max ? "" : "\(range.upperBound - 1)"
        headers.add("Range", "bytes=\(state.offset)-\(last)")
      }
      if let etag = state.version?.etag { headers.add("If-Match", "\"\(etag)\"") }
      return headers
    }
  }

  /// Takes an answer's head: which bytes it brings, and that the object is still the same.
  func accept(_ head: HTTPHead) throws {
    let contentRange = head.headers["Content-Range"]
    let isPart = head.status == 206
    // Chunked answers, and those that end with the connection, do not say how long they are.
    let size = isPart ? contentRange.flatMap(AnswerFields.totalSize) : head.contentLength
    let attributes = try AnswerFields.attributes(head, size: size ?? 0)
    try state.withLock { state in
      try Self.take(version: attributes, size: size, into: &state)
      // A store that knows no ranges sends everything from the front.
      state.incoming = isPart ? Self.firstByte(contentRange) ?? state.offset : 0
      guard state.incoming <= state.offset else {
        throw StoreFailure.malformed("the answer begins at byte \(state.incoming) instead of \(state.offset)")
      }
    }
  }

  /// Takes what HEAD says of the object after an answer of unknown length. Where that is nothing, all that came is all
  /// that there is.
  func settle(_ attributes: ObjectAttributes?) throws {
    try state.withLock { state in
      guard let attributes else {
        state.size = state.offset
        return
      }
      try Self.take(version: attributes, size: attributes.size, into: &state)
    }
  }

  private static func take(version: ObjectAttributes, size: UInt64?, into state: inout State) throws {
    let isOther = state.version.map { $0.etag != version.etag } ?? false
    if isOther || size != nil && state.size != nil && size != state.size {
      throw StoreFailure.refused(StoreRefusal(status: 412, code: "PreconditionFailed"))
    }
    state.version = (version.etag, version.modified)
    state.size = size ?? state.size
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

  /// - Returns: what the store said of the object.
  /// - Throws: a failure that is tried again, if bytes are missing at the end of an answer.
  func check() throws -> ObjectAttributes {
    try state.withLock { state in
      let size = state.size ?? state.offset
      guard state.offset >= Self.end(range, size) else {
        throw StoreFailure.connection(
          HTTPError(.broken, "the answer ended at byte \(state.offset) of \(size)"), hadContact: true)
      }
      return state.attributes(size)
    }
  }

  /// Of `bytes 10-19/1234`.
  private static func firstByte(_ contentRange: String?) -> UInt64? {
    guard let range = contentRange?.split(separator: " ").last else { return nil }
    return range.split(separator: "-").first.flatMap { UInt64($0) }
  }
}
