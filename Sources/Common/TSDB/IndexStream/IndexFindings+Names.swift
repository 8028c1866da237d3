extension IndexFindings {
  /// How far two ranges may lie apart to be read as one. Of many, each request would cost more than the bytes between.
  private static func gap(_ count: Int) -> UInt64 { count > 100 ? 1 << 20 : 16 << 10 }

  /// Gives its own faults the labels of their series.
  public mutating func name(read: Read) async throws {
    var named = faults
    try await name(&named, read: read)
    faults = named
  }

  /// Gives the faults that are about a series its labels (thanos#4470). Only the first of each kind are kept, so
  /// that this reads some thousand entries and their symbols at most.
  /// - Throws: what `read` throws.
  public func name(_ faults: inout FaultList, read: Read) async throws {
    guard context.symbols.isIntact else { return }
    let entries = try await labels(ofEntries: faults.seriesEntries, read: read)
    let references = Set(entries.values.joined().flatMap { [$0.name, $0.value] })
    let texts = try await symbols(references, read: read)
    faults.nameSeries { entry in
      guard let labels = entries[entry] else { return nil }
      return SeriesText.text(
        labels.compactMap { label in
          guard let name = texts[label.name], let value = texts[label.value] else { return nil }
          return (name, value)
        })
    }
  }

  /// The labels of series, by where their entries begin.
  private func labels(ofEntries offsets: Set<UInt64>, read: Read) async throws -> [UInt64: [LabelReference]] {
    let end = seriesRange.upperBound
    // Labels stand before the chunks; 4 KiB are enough for some hundred of them.
    let ranges = offsets.filter { $0 < end }.map { $0..<min(end, $0 + 4096) }
    var found: [UInt64: [LabelReference]] = [:]
    try await forEach(ranges, read: read) { range, bytes in
      var reader = ByteReader(bytes)
      found[range.lowerBound] = try? SeriesEntry.labels(from: &reader, symbols: context.symbols.bounds)
    }
    return found
  }

  /// The bytes of symbols, the front of very long ones.
  func symbols(_ references: Set<UInt32>, read: Read) async throws -> [UInt32: [UInt8]] {
    var ranges: [Range<UInt64>: [UInt32]] = [:]
    for reference in references {
      if let range = context.symbols.range(of: reference) { ranges[range, default: []].append(reference) }
    }
    var found: [UInt32: [UInt8]] = [:]
    try await forEach(Array(ranges.keys), read: read) { range, bytes in
      for reference in ranges[range] ?? [] {
        var reader = ByteReader(bytes)
        for _ in 0..<context.symbols.skipped(before: reference) { _ = try? reader.lengthPrefixedBytes() }
        if let symbol = try? reader.lengthPrefixedBytes() { found[reference] = [UInt8](symbol) }
      }
    }
    return found
  }

  /// Reads ranges, those that lie near each other with one call.
  private func forEach(
    _ ranges: [Range<UInt64>], read: Read, _ body: (Range<UInt64>, RawSpan) -> Void
  ) async throws {
    let sorted = ranges.sorted { $0.lowerBound < $1.lowerBound }
    let gap = Self.gap(sorted.count)
    var place = 0
    while place < sorted.count {
      var last = place
      var end = sorted[place].upperBound
      while last + 1 < sorted.count, sorted[last + 1].lowerBound <= end + gap {
        last += 1
        end = max(end, sorted[last].upperBound)
        // Neighbours of neighbours would add up to the whole section.
        if end - sorted[place].lowerBound > 4 << 20 { break }
      }
      let start = sorted[place].lowerBound
      let bytes = try await read(start..<end)
      for range in sorted[place...last] {
        let from = min(bytes.count, Int(range.lowerBound - start))
        let to = min(bytes.count, Int(range.upperBound - start))
        body(range, bytes.rawBytes.extracting(from..<to))
      }
      place = last + 1
    }
  }
}

extension SeriesEntry {
  /// The labels of an entry of which the end may not be there.
  fileprivate static func labels(
    from reader: inout ByteReader, symbols: SymbolBounds
  ) throws(Fault) -> [LabelReference] {
    _ = try reader.uvarint()
    var labels: [LabelReference] = []
    for _ in 0..<(try reader.uvarint()) {
      let (name, value) = (try reader.uvarint(), try reader.uvarint())
      guard symbols.contains(name), symbols.contains(value) else { break }
      labels.append(LabelReference(name: UInt32(truncatingIfNeeded: name), value: UInt32(truncatingIfNeeded: value)))
    }
    return labels
  }
}
