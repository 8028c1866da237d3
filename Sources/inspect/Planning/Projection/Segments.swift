/// The files that a block's chunks come in, and with them how many objects a block is.
enum Segments {
  /// Where Prometheus and Thanos begin the next segment. Bytes.
  static let size: Double = 536_870_912

  /// Objects of blocks to come: meta.json, the index, and segments, one at least.
  /// - Parameters:
  ///   - blocks: how many of them the bytes come in, above 0.
  ///   - chunkShare: of the bytes.
  static func objects(of bytes: Double, in blocks: Double, chunkShare: Double) -> Double {
    let segments = bytes * chunkShare / blocks / size
    // Seven full ones are seven, whatever the last bit of the division says.
    return blocks * (2 + max(1, (segments * (1 - 1e-12)).rounded(.up)))
  }
}
