import HTTP
import Platform

/// A part of an object, ready to be sent as often as need be.
struct S3PreparedPart: Sendable {
  /// 1…10 000.
  var number: Int
  /// Bytes in memory, or a region of a file.
  var content: ObjectContent
  var digest: PayloadDigest

  /// How many parts may be fetched, hashed and waiting at a time, those on their way included. A file's are read where
  /// they lie; others take memory, 64 MiB of it where parts are no larger.
  static func ahead(of content: ObjectContent, partSize: UInt64) -> Int {
    if case .file = content { return 2 * lanes }
    return Int(max(1, min(4, (64 << 20) / max(1, partSize))))
  }

  /// How many parts begin at a time: as many of a file as share the lanes of `ParallelDigest`. One by one, as each makes
  /// room for the next, they would be hashed nearly alone, at several times the cost.
  static func batch(of content: ObjectContent) -> Int {
    if case .file = content { lanes } else { 1 }
  }

  private static let lanes = 16
}

extension S3Client {
  /// Fetches and hashes a region of an object's content.
  /// - Parameter known: of the region.
  func prepare(
    _ number: Int, _ region: Range<UInt64>, of content: ObjectContent, _ checksums: S3PartChecksums,
    crc32c known: UInt32? = nil
  ) async throws -> S3PreparedPart {
    try Task.checkCancellation()
    let content = try await content.fetched(region)
    return S3PreparedPart(
      number: number, content: content,
      digest: try await digest(of: content, checksums, known: KnownDigest(crc32c: known)))
  }
}

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
  /// - Throws: what the content's source throws; `S3Failure.malformed` if it gives another number of bytes.
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
        throw S3Failure.malformed("its source gave \(bytes.count) bytes instead of the \(region.count) asked for")
      }
      return .bytes(bytes)
    }
  }
}
