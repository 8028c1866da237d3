/// How deep a verification goes. Each level contains those before it.
public enum VerificationLevel: String, CaseIterable, Comparable, Sendable {
  /// Every file of the block is there, of the right size, and nothing else; meta.json agrees with itself.
  case presence
  /// The content is proved equal to a known hash, without a download where the store's own evidence is enough.
  case checksum
  /// Every CRC-32C of the index, its order, and that its sections agree with each other and with meta.json.
  case index
  /// Every chunk that the index names is there and decodes to the end, and no other is.
  case full

  public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
