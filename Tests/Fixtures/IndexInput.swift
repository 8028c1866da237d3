/// An index of version 2 with many series of eight labels, as Prometheus 3.7 and later writes it.
public struct IndexInput {
  /// A chunk as a series' entry names it.
  public struct Chunk: Sendable {
    /// Milliseconds since 1970, both included.
    public let times: ClosedRange<Int64>
    /// Segment and offset.
    public let reference: UInt64

    public init(times: ClosedRange<Int64>, reference: UInt64) {
      self.times = times
      self.reference = reference
    }
  }

  private static let names = ["__name__", "cluster", "container", "instance", "job", "namespace", "pod", "service"]

  private var sections: [UInt64] = []
  private var symbols: [String: UInt32] = [:]
  /// The series of each label, by symbol numbers.
  private var postings: [UInt64: [UInt32]] = [:]
  private var all: [UInt32] = []

  /// - Parameter chunks: those of a series, by its number; at least one.
  /// - Throws: `FileError`.
  public static func write(to path: String, series: Int, chunks: (Int) -> [Chunk]) throws {
    var input = IndexInput()
    var file = try InputFile(path)
    file.write([0xBA, 0xAA, 0xD7, 0x00, 2])
    input.writeSymbols(&file, series)
    input.writeSeries(&file, series, chunks)
    input.writePostings(&file)
    try file.close(path)
  }

  /// The values of series `number`. 1 000 targets have each metric, so that the labels rise with the number.
  private static func values(_ number: Int) -> [String] {
    let target = number % 1_000
    let service = digits(target / 50, 2)
    return [
      "metric_\(digits(number / 1_000, 4))_total", "production", "container-\(service)",
      "10.0.\(digits(target, 3)).1:9090", "job-\(service)", "namespace-\(service)",
      "service-\(service)-\(digits(target, 3))", "service-\(service)",
    ]
  }

  private static func digits(_ number: Int, _ count: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
  }

  private mutating func writeSymbols(_ file: inout InputFile, _ series: Int) {
    sections.append(UInt64(file.offset))
    var texts = Set(Self.names)
    for number in stride(from: 0, to: series, by: 1) where number < 1_000 || number % 1_000 == 0 {
      texts.formUnion(Self.values(number))
    }
    let sorted = texts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    var body: [UInt8] = []
    body.appendBE(UInt32(sorted.count))
    for (number, text) in sorted.enumerated() {
      symbols[text] = UInt32(number)
      body.appendUvarint(UInt64(text.utf8.count))
      body += Array(text.utf8)
    }
    Self.writeSection(&file, body)
  }

  private mutating func writeSeries(_ file: inout InputFile, _ series: Int, _ chunks: (Int) -> [Chunk]) {
    sections.append(UInt64(file.offset))
    let names = Self.names.map { symbols[$0] ?? 0 }
    for number in 0..<series {
      file.pad(to: 16)
      let reference = UInt32(file.offset / 16)
      all.append(reference)
      var body: [UInt8] = []
      body.appendUvarint(UInt64(names.count))
      for (name, text) in zip(names, Self.values(number)) {
        let value = symbols[text] ?? 0
        postings[UInt64(name) << 32 | UInt64(value), default: []].append(reference)
        body.appendUvarint(UInt64(name))
        body.appendUvarint(UInt64(value))
      }
      Self.append(chunks(number), to: &body)
      var entry: [UInt8] = []
      entry.appendUvarint(UInt64(body.count))
      let start = entry.count
      entry += body
      entry.appendChecksum(from: start)
      file.write(entry)
    }
  }

  /// The first with its times and reference, the others with the differences to the one before.
  private static func append(_ chunks: [Chunk], to body: inout [UInt8]) {
    body.appendUvarint(UInt64(chunks.count))
    var before: Chunk?
    for chunk in chunks {
      let first = chunk.times.lowerBound
      if let before {
        body.appendUvarint(UInt64(first - before.times.upperBound))
        body.appendUvarint(UInt64(chunk.times.upperBound - first))
        body.appendVarint(Int64(bitPattern: chunk.reference &- before.reference))
      } else {
        body.appendVarint(first)
        body.appendUvarint(UInt64(chunk.times.upperBound - first))
        body.appendUvarint(chunk.reference)
      }
      before = chunk
    }
  }

  private mutating func writePostings(_ file: inout InputFile) {
    // Label indices are not written any more: they "begin" where the series end, and their table where that of the
    // postings does.
    sections.append(UInt64(file.offset))
    let postingsStart = UInt64(file.offset)
    let texts = Dictionary(uniqueKeysWithValues: symbols.map { ($0.value, $0.key) })
    var table: [UInt8] = []
    table.appendBE(UInt32(postings.count + 1))
    Self.writeList(&file, all, "", "", &table)
    for key in postings.keys.sorted() {
      // Symbols are numbered in the order of their bytes, so that the keys' order is that of the labels.
      let name = texts[UInt32(key >> 32)] ?? ""
      let value = texts[UInt32(truncatingIfNeeded: key)] ?? ""
      Self.writeList(&file, postings[key] ?? [], name, value, &table)
    }
    let tableStart = UInt64(file.offset)
    Self.writeSection(&file, table)
    var contents: [UInt8] = []
    for offset in sections + [tableStart, postingsStart, tableStart] { contents.appendBE(offset) }
    contents.appendChecksum(from: 0)
    file.write(contents)
  }

  private static func writeList(
    _ file: inout InputFile, _ references: [UInt32], _ name: String, _ value: String, _ table: inout [UInt8]
  ) {
    file.pad(to: 4)
    table.append(2)
    for text in [name, value] {
      table.appendUvarint(UInt64(text.utf8.count))
      table += Array(text.utf8)
    }
    table.appendUvarint(UInt64(file.offset))
    var body: [UInt8] = []
    body.appendBE(UInt32(references.count))
    for reference in references { body.appendBE(reference) }
    writeSection(&file, body)
  }

  private static func writeSection(_ file: inout InputFile, _ body: [UInt8]) {
    var section: [UInt8] = []
    section.appendBE(UInt32(body.count))
    section += body
    section.appendChecksum(from: 4)
    file.write(section)
  }
}
