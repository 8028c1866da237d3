import Glibc

/// Labels are compared as bytes: Swift's `String` takes different bytes for equal where Unicode calls them equivalent.
extension RawSpan {
  /// Below zero where these bytes sort before `other`, zero where both are the same, above zero otherwise.
  public func order(comparedWith other: RawSpan) -> Int {
    let common = Swift.min(byteCount, other.byteCount)
    let order = unsafe withUnsafeBytes { left in
      unsafe other.withUnsafeBytes { right -> Int32 in
        guard common > 0, let left = left.baseAddress, let right = right.baseAddress else { return 0 }
        return unsafe memcmp(left, right, common)
      }
    }
    return order != 0 ? Int(order) : byteCount - other.byteCount
  }

  /// Whether both are the same bytes.
  public func isEqual(to other: RawSpan) -> Bool {
    byteCount == other.byteCount && order(comparedWith: other) == 0
  }

  /// Whether all bytes are zero, as padding has to be.
  var isZero: Bool { firstNonZero(in: 0..<byteCount) == nil }

  /// The place of the first byte that is not zero.
  func firstNonZero(in range: Range<Int>) -> Int? {
    for offset in range where unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self) != 0 { return offset }
    return nil
  }
}

extension Array where Element == UInt8 {
  /// These bytes as what look-ups and comparisons take.
  public var rawBytes: RawSpan {
    @_lifetime(borrow self)
    get { unsafe span.bytes }
  }

  /// A copy of `bytes`.
  public init(_ bytes: RawSpan) {
    self = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
  }
}

extension String {
  /// The text of `bytes` for people to read, with U+FFFD in place of what is no UTF-8.
  public init(showing bytes: RawSpan) {
    self = unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
  }
}
