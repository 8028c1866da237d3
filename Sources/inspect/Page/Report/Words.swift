import Console
import Inspection
import TSDB
import Thanos

/// Phrases that several parts of the page have.
enum Words {
  /// What of a block tells it from others.
  static func span(of block: BlockDescription) -> String {
    let meta = block.meta
    return "\(TimeTicks.moment(Double(meta.minTime))) to \(TimeTicks.moment(Double(meta.maxTime))) UTC,"
      + " \(block.resolution.name), compaction level \(meta.compaction.level)"
  }

  /// `12.3 MiB · 40 %`
  static func share(of bytes: Double, _ share: Cell) -> String {
    guard let share = share.amount else { return Quantity.bytes.text(bytes) }
    let percent = share * 100
    let text = percent > 0 && percent < 0.1 ? "< 0.1" : SVG.number(percent < 10 ? percent : percent.rounded())
    return "\(Quantity.bytes.text(bytes)) · \(text) %"
  }
}
