/// When meta.json files are written. A block is there for Thanos from that moment on.
public enum Publishing: String, CaseIterable, Sendable {
  /// Each block's as soon as its data has arrived, and those of all older blocks were written.
  case each
  /// All of them oldest first at the end, when the data of every block has arrived: a compactor that looks at the bucket
  /// in between plans no ranges with gaps (thanos#2753).
  case together
}
