import Platform

@testable import TSDB

/// An index put together from its parts with all lengths and checksums right, so that a test can break one thing only.
///
/// As it stands it has the symbols `a`, `b`, `c` and the series {a="b"} and {a="c"}, one chunk each.
struct IndexBytes {
  var version: UInt8 = 2
  var symbols: [UInt8] = Self.symbols(["a", "b", "c"])
  var series: [[UInt8]] = [
    [1, 0, 1, 1] + Self.varint(1000) + [100] + Self.uvarint(8),
    [1, 0, 2, 1] + Self.varint(1000) + [100] + Self.uvarint(40),
  ]
  /// Payloads of the label indices; none in later files.
  var labelIndices: [[UInt8]] = []
  /// Payloads of the lists, from the references of the series.
  var lists: ([UInt32]) -> [[UInt8]] = {
    [Self.list($0), Self.list(Array($0.prefix(1))), Self.list(Array($0.suffix(1)))]
  }
  /// The label offset table, from the offsets of the label indices; nil if there is none.
  var labelTable: (([UInt64]) -> [UInt8])?
  /// The postings offset table, from the offsets of the lists.
  var table: ([UInt64]) -> [UInt8] = {
    Self.table([("", "", $0[0]), ("a", "b", $0[1]), ("a", "c", $0[2])])
  }
  /// A last change of the offsets in the table of contents, in its order.
  var contents: (inout [UInt64]) -> Void = { _ in }

  /// The whole file.
  var bytes: [UInt8] {
    var file = Self.be32(Index.magic) + [version]
    func start(_ alignment: Int) -> UInt64 {
      let start = UInt64(file.count)
      file += [UInt8](repeating: 0, count: (alignment - file.count % alignment) % alignment)
      return start
    }
    let symbolsStart = start(1)
    file += Self.frame(symbols)
    let seriesStart = start(1)
    var references: [UInt32] = []
    for body in series {
      _ = start(version == 1 ? 1 : 16)
      references.append(UInt32(version == 1 ? file.count : file.count / 16))
      file += Self.uvarint(UInt64(body.count)) + body + Self.be32(CRC32C.checksum(body.rawBytes))
    }
    func frames(_ payloads: [[UInt8]]) -> [UInt64] {
      payloads.map { payload in
        _ = start(4)
        defer { file += Self.frame(payload) }
        return UInt64(file.count)
      }
    }
    let labelIndicesStart = start(1)
    let labelIndexOffsets = frames(labelIndices)
    let postingsStart = start(1)
    let listOffsets = frames(lists(references))
    let labelTableStart = start(1)
    if let labelTable { file += Self.frame(labelTable(labelIndexOffsets)) }
    let tableStart = start(1)
    file += Self.frame(table(listOffsets))
    var offsets = [symbolsStart, seriesStart, labelIndicesStart, labelTableStart, postingsStart, tableStart]
    contents(&offsets)
    let end = offsets.flatMap { Self.be32(UInt32($0 >> 32)) + Self.be32(UInt32(truncatingIfNeeded: $0)) }
    return file + end + Self.be32(CRC32C.checksum(end.rawBytes))
  }

  static func be32(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }

  static func uvarint(_ value: UInt64) -> [UInt8] {
    value < 0x80 ? [UInt8(value)] : [UInt8(truncatingIfNeeded: value) | 0x80] + uvarint(value >> 7)
  }

  static func varint(_ value: Int64) -> [UInt8] { uvarint(UInt64(bitPattern: value << 1 ^ value >> 63)) }

  static func string(_ text: String) -> [UInt8] { uvarint(UInt64(text.utf8.count)) + [UInt8](text.utf8) }

  static func frame(_ payload: [UInt8]) -> [UInt8] {
    be32(UInt32(payload.count)) + payload + be32(CRC32C.checksum(payload.rawBytes))
  }

  static func symbols(_ strings: [String]) -> [UInt8] { be32(UInt32(strings.count)) + strings.flatMap(string) }

  static func list(_ references: [UInt32]) -> [UInt8] { be32(UInt32(references.count)) + references.flatMap(be32) }

  static func table(_ rows: [(name: String, value: String, offset: UInt64)]) -> [UInt8] {
    be32(UInt32(rows.count)) + rows.flatMap { [2] + string($0.name) + string($0.value) + uvarint($0.offset) }
  }
}

/// Reads all that an index has, by every way there is, and counts it.
struct IndexContent: Equatable {
  var symbols = 0
  var series = 0
  var labels = 0
  var chunks = 0
  /// Distinct labels, without that of all series.
  var pairs = 0
  /// References in all lists save that of all series.
  var pairEntries = 0
  var labelIndices = 0
  var names: [[UInt8]] = []

  init(reading index: Index, checkingChecksums: Bool) throws {
    let table = try index.symbols(checkingChecksum: checkingChecksums)
    try table.forEach { reference, symbol in
      symbols += 1
      // Every 7th by look-up too, in both directions: all of them would make a test of thousands of files slow.
      if symbols % 7 == 0 {
        _ = try table.bytes(of: reference)
        _ = try table.reference(of: symbol)
      }
    }
    try index.forEachSeries(checkingChecksums: checkingChecksums) { entry in
      series += 1
      labels += entry.labels.count
      chunks += entry.chunks.count
    }
    let postings = try index.postingsTable(checkingChecksum: checkingChecksums)
    var entry = SeriesEntry()
    try index.forEachPostings(in: postings, checkingChecksums: checkingChecksums) { row, list in
      guard row.name.byteCount > 0 else { return }
      pairs += 1
      pairEntries += list.count
      if list.count > 0 {
        try index.series(at: UInt64(list[list.count - 1]), into: &entry, checkingChecksum: checkingChecksums)
      }
    }
    names = try postings.labelNames()
    for name in names.prefix(3) {
      let values = try postings.labelValues(of: name.rawBytes)
      if let last = values.last { _ = try postings.offset(name: name.rawBytes, value: last.rawBytes) }
    }
    try index.forEachLabelIndex(checkingChecksums: checkingChecksums) { _ in labelIndices += 1 }
  }
}
