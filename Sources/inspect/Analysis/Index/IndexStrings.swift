import Platform
import TSDB

/// What the symbol table and the postings offset table take up, read while the series pass by.
struct IndexStrings: Sendable {
  let sizes: SymbolSizes
  /// Bytes of the postings offset table by symbol of the label's name.
  let rows: [UInt32: UInt64]

  /// - Throws: `TSDBError`.
  init(_ symbols: SymbolTable, _ table: PostingsTable) throws {
    sizes = try SymbolSizes(symbols)
    var rows: [UInt32: UInt64] = [:]
    var name: [UInt8] = []
    var reference: UInt32?
    var bytes: UInt64 = 0
    try table.forEachRow { row in
      if !name.rawBytes.isEqual(to: row.name) {
        if let reference { rows[reference, default: 0] &+= bytes }
        name = [UInt8](row.name)
        (reference, bytes) = (try symbols.reference(of: row.name), 0)
      }
      for string in [row.name.byteCount, row.value.byteCount] {
        bytes &+= UInt64(string &+ Varint.size(UInt64(string)))
      }
      bytes &+= UInt64(1 &+ Varint.size(row.offset))
    }
    if let reference { rows[reference, default: 0] &+= bytes }
    self.rows = rows
  }
}
