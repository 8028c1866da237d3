import Platform
import TSDB

/// Whether a block out of a damaged archive is all there.
///
/// What comes before the damage may still lack a segment that came after it, and nobody has compared the checksum of the
/// compressed stream. So such a block has to prove itself: every chunk's CRC-32C is right, and the segments hold as many
/// chunks as the index and meta.json name.
struct WholenessCheck {
  let block: BlockFolder

  /// Blocks.
  /// - Throws: `TSDBError`, `FileError`, `NotInArchive` for a block that is not whole; what `check` throws.
  func run(check: () throws -> Void) throws {
    let open = try OpenBlock(block)
    let index = try Index(FileBytes(mapping: open.index))
    var named: Int64 = 0
    try index.forEachSeries { series in named += Int64(series.chunks.count) }
    var held: Int64 = 0
    for segment in open.segments { held += try chunks(in: segment.file, check) }
    guard named == held, named == open.meta.stats.chunks else {
      throw NotInArchive(
        description: "of the damaged archive it is not all there: its index names \(named) chunks, its meta.json"
          + " \(open.meta.stats.chunks), and \(held) were unpacked")
    }
  }

  private func chunks(in file: OpenFile, _ check: () throws -> Void) throws -> Int64 {
    var scanner = SegmentScanner(file: file.path)
    var count: Int64 = 0
    try file.forEachWindow(of: 0..<file.size) { window in
      try check()
      try scanner.scan(window) { chunk in
        guard chunk.isIntact else { throw chunk.checksumError(in: file.path) }
        count += 1
      }
    }
    try scanner.finish()
    return count
  }
}
