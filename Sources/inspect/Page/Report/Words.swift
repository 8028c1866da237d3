import Console
import TSDB
import Thanos

/// Phrases that several parts of the page have.
enum Words {
  /// What of a block tells it from others.
  static func span(of block: BlockDescription) -> String {
    let meta = block.meta
    return "\(TimeTicks.moment(Double(meta.minTime))) to \(TimeTicks.moment(Double(meta.maxTime))) UTC,"
      + " \(block.resolution == .raw ? "raw" : "downsampled"), compaction level \(meta.compaction.level)"
  }

  /// `12.3 MiB · 40 %`
  static func share(of bytes: Double, _ share: Cell) -> String {
    guard let share = share.amount else { return Quantity.bytes.text(bytes) }
    let percent = share * 100
    return "\(Quantity.bytes.text(bytes)) · \(percent < 10 ? SVG.number(percent) : SVG.number(percent.rounded())) %"
  }
}
