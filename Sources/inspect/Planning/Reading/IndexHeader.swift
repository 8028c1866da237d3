public import TSDB

/// The file that a store gateway makes of each block's index and keeps on its disk.
///
///     ┌───────────────────┬────────────┬──────────────────┬─────────────────────┬─────────┬───────────────┬─────────┐
///     │ 0xBAAAD792 <4 B>  │ version 1  │ index version    │ postings offset     │ symbols │ postings      │ TOC     │
///     │                   │ <1 B>      │ <1 B>            │ table's place <8 B> │         │ offset table… │ <20 B>  │
///     └───────────────────┴────────────┴──────────────────┴─────────────────────┴─────────┴───────────────┴─────────┘
///
/// Source: Thanos, `pkg/block/indexheader/binary_reader.go`. The symbols are copied up to where the series begin, the
/// postings offset table up to the end of the index, whose own table of contents goes along. The header's table of
/// contents is two offsets of eight bytes and a CRC-32C.
public enum IndexHeader {
  /// Before the symbols.
  static let headBytes: UInt64 = 4 + 1 + 1 + 8
  static let tableOfContentsBytes: UInt64 = 8 + 8 + 4

  /// Bytes of the file that Thanos writes for an index with this table of contents.
  public static func size(of contents: TableOfContents) -> UInt64 {
    let copied = [TableOfContents.Section.symbols, .postingsTable, .tableOfContents].map {
      UInt64(contents.range(of: $0).count)
    }
    return headBytes + copied.reduce(0, +) + tableOfContentsBytes
  }
}
