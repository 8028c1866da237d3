/// What a store vouches for of an object without giving its content: what a check goes by that downloads nothing.
public struct ObjectEvidence: Equatable, Sendable {
  /// With the checksum of the whole object, where the store keeps one.
  public var attributes: ObjectAttributes
  /// Whether the ETag can be a checksum of the content. Not where the store says that it encrypted the object with a
  /// key of KMS or of the customer's, though an ETag may look like one then.
  public var etagMayBeChecksum: Bool

  public init(attributes: ObjectAttributes, etagMayBeChecksum: Bool) {
    self.attributes = attributes
    self.etagMayBeChecksum = etagMayBeChecksum
  }
}

extension Bucket {
  public func evidence(of key: String) async throws -> ObjectEvidence {
    ObjectEvidence(attributes: try await attributes(of: key), etagMayBeChecksum: true)
  }

  public func partSize(of key: String) async throws -> UInt64? { nil }

  public func partSizeOfPut(size: UInt64) -> UInt64? { nil }
}
