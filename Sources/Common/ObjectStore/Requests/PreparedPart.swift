import HTTP
import Platform

/// A part of an object, ready to be sent as often as need be.
struct PreparedPart: Sendable {
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
