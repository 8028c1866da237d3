import Platform
public import TSDB

/// A real index taken apart, to be put together again with one thing wrong and every checksum right. Version 2, without
/// label indices.
public struct RewrittenIndex {
  public struct Series {
    /// Name and value.
    public var labels: [(name: String, value: String)]
    public var chunks: [ChunkMeta]
  }

  /// A postings list with the label that the offset table gives for it.
  public struct List {
    public var name: String
    public var value: String
    /// Places in `series`; those outside of it lead to no series.
    public var series: [Int]
  }

  /// In the order of the table.
  public var symbols: [String] = []
  public var series: [Series] = []
  /// In the order of the offset table; the first is that of all series.
  public var lists: [List] = []
  /// Changes the offset table's offsets, in the order of `lists`.
  public var changeOffsets: (inout [UInt64]) -> Void = { _ in }
  /// What stands in the gaps before series entries.
  public var padding: UInt8 = 0

  /// One with nothing in it.
  public init() {}

  /// Takes an index apart.
  /// - Throws: `TSDBError`, `FileError`.
  public init(_ path: String) throws {
    let index = try Index(FileBytes(mapping: path))
    let table = try index.symbols()
    try table.forEach { _, symbol in symbols.append(String(showing: symbol)) }
    var places: [UInt64: Int] = [:]
    try index.forEachSeries { entry in
      places[entry.reference] = series.count
      let labels = try entry.labels.map { (name: try table.text(of: $0.name), value: try table.text(of: $0.value)) }
      series.append(Series(labels: labels, chunks: entry.chunks))
    }
    try index.forEachPostings(in: index.postingsTable()) { row, list in
      var found: [Int] = []
      list.forEach { found.append(places[UInt64($0)] ?? -1) }
      lists.append(List(name: String(showing: row.name), value: String(showing: row.value), series: found))
    }
  }

  /// The list of a label, by its place.
  public func list(_ name: String, _ value: String) -> Int {
    lists.firstIndex { $0.name == name && $0.value == value } ?? 0
  }

  /// Makes the lists anew from the series.
  public mutating func relist() {
    var members: [[String]: [Int]] = [:]
    for (place, entry) in series.enumerated() {
      for label in entry.labels { members[[label.name, label.value], default: []].append(place) }
    }
    func bytes(_ label: [String]) -> [UInt8] { Array(label.joined(separator: "\u{0}").utf8) }
    let sorted = members.sorted { bytes($0.key).lexicographicallyPrecedes(bytes($1.key)) }
    lists = [List(name: "", value: "", series: Array(series.indices))]
    lists += sorted.map { List(name: $0.key[0], value: $0.key[1], series: $0.value) }
  }

  /// The whole file.
  public var bytes: [UInt8] {
    var file: [UInt8] = [0xBA, 0xAA, 0xD7, 0x00, 2]
    var table: [UInt8] = []
    table.appendBE(UInt32(symbols.count))
    for symbol in symbols { table.append(text: symbol) }
    file.append(frame: table)
    let seriesStart = UInt64(file.count)
    let references = appendSeries(to: &file)
    let postingsStart = UInt64(file.count)
    var offsets = lists.map { list in
      file.pad(to: 4, with: 0)
      defer {
        var body: [UInt8] = []
        body.appendBE(UInt32(list.series.count))
        for place in list.series { body.appendBE(references.indices.contains(place) ? references[place] : 7_000_000) }
        file.append(frame: body)
      }
      return UInt64(file.count)
    }
    changeOffsets(&offsets)
    let tableStart = UInt64(file.count)
    var rows: [UInt8] = []
    rows.appendBE(UInt32(lists.count))
    for (list, offset) in zip(lists, offsets) {
      rows.append(2)
      rows.append(text: list.name)
      rows.append(text: list.value)
      rows.appendUvarint(offset)
    }
    file.append(frame: rows)
    var contents: [UInt8] = []
    for offset in [5, seriesStart, postingsStart, tableStart, postingsStart, tableStart] { contents.appendBE(offset) }
    contents.appendChecksum(from: 0)
    return file + contents
  }

  private func appendSeries(to file: inout [UInt8]) -> [UInt32] {
    let numbers = Dictionary(symbols.enumerated().map { ($0.element, UInt64($0.offset)) }) { first, _ in first }
    return series.map { entry in
      file.pad(to: 16, with: padding)
      let reference = UInt32(file.count / 16)
      var body: [UInt8] = []
      body.appendUvarint(UInt64(entry.labels.count))
      for label in entry.labels {
        body.appendUvarint(numbers[label.name] ?? 0)
        body.appendUvarint(numbers[label.value] ?? 0)
      }
      Self.append(entry.chunks, to: &body)
      file.appendUvarint(UInt64(body.count))
      let start = file.count
      file += body
      file.appendChecksum(from: start)
      return reference
    }
  }

  private static func append(_ chunks: [ChunkMeta], to body: inout [UInt8]) {
    body.appendUvarint(UInt64(chunks.count))
    var before: ChunkMeta?
    for chunk in chunks {
      let length = UInt64(bitPattern: chunk.maxTime &- chunk.minTime)
      if let before {
        body.appendUvarint(UInt64(bitPattern: chunk.minTime &- before.maxTime))
        body.appendUvarint(length)
        body.appendVarint(Int64(bitPattern: chunk.reference &- before.reference))
      } else {
        body.appendVarint(chunk.minTime)
        body.appendUvarint(length)
        body.appendUvarint(chunk.reference)
      }
      before = chunk
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append(text: String) {
    appendUvarint(UInt64(text.utf8.count))
    self += Array(text.utf8)
  }

  fileprivate mutating func append(frame body: [UInt8]) {
    appendBE(UInt32(body.count))
    let start = count
    self += body
    appendChecksum(from: start)
  }

  fileprivate mutating func pad(to alignment: Int, with byte: UInt8) {
    while count % alignment != 0 { append(byte) }
  }
}
