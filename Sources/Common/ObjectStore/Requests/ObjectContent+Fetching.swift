import HTTP
import Platform

extension ObjectContent {
  /// As the body of a request. Content that has to be fetched is fetched before.
  var body: HTTPBody {
    switch self {
    case .bytes(let bytes): .bytes(bytes)
    case .file(let file, let range): .file(file, range)
    case .source: .bytes([])
    }
  }

  /// A region of the content, in bytes from its front: in memory, or where it lies in a file.
  /// - Throws: what the content's source throws; `StoreFailure.malformed` if it gives another number of bytes.
  func fetched(_ region: Range<UInt64>) async throws -> ObjectContent {
    switch self {
    case .bytes(let bytes):
      if region == 0..<UInt64(bytes.count) { return self }
      return .bytes(Array(bytes[Int(region.lowerBound)..<Int(region.upperBound)]))
    case .file(let file, let range):
      return .file(file, range.lowerBound + region.lowerBound..<range.lowerBound + region.upperBound)
    case .source(let source):
      guard !region.isEmpty else { return .bytes([]) }
      let bytes = try await source.read(region)
      guard bytes.count == region.count else {
        throw StoreFailure.malformed("its source gave \(bytes.count) bytes instead of the \(region.count) asked for")
      }
      return .bytes(bytes)
    }
  }
}
