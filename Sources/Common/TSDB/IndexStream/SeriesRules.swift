/// What the series of an index have to keep to among each other and within their block.
struct SeriesRules: Sendable {
  private var previous: [LabelReference] = []
  private var hasPrevious = false
  private var lastReference: UInt64 = 0

  init() {}

  mutating func check(_ entry: borrowing SeriesEntry, _ context: inout IndexContext) {
    context.counts.series &+= 1
    context.series.insert(entry.offset)
    checkLabels(entry, &context)
    checkOrder(entry, &context)
    checkChunks(entry, &context)
  }

  private func checkLabels(_ entry: borrowing SeriesEntry, _ context: inout IndexContext) {
    let series = LabelHash.mixed(entry.reference)
    context.labels.add(LabelLedger.all, series)
    var isSorted = true
    var isEmpty = false
    var before: UInt32?
    for label in entry.labels {
      guard context.symbols.contains(label.name), context.symbols.contains(label.value) else {
        context.seriesAreIntact = false
        return context.find(
          Fault(.outOfRange, at: 0, expected: "references to the starts of symbols", found: UInt64(label.name)),
          base: entry.offset)
      }
      if let before, label.name <= before { isSorted = false }
      before = label.name
      let empty = context.symbols.empty
      if UInt64(label.name) == empty || UInt64(label.value) == empty { isEmpty = true }
      guard let name = context.symbols.hash(of: label.name), let value = context.symbols.hash(of: label.value) else {
        continue
      }
      context.labels.add(LabelHash.pair(name, value), series)
    }
    let offset = entry.offset
    if !isSorted, context.symbols.isSorted {
      context.find(
        .labelsUnsorted, at: offset, series: offset, "the names of its labels do not rise, or one is there twice")
    }
    if isEmpty { context.find(.emptyLabel, at: offset, series: offset, "a label has an empty name or value") }
  }

  private mutating func checkOrder(_ entry: borrowing SeriesEntry, _ context: inout IndexContext) {
    let offset = entry.offset
    if hasPrevious, context.symbols.isSorted, !Self.precedes(previous, entry.labels) {
      if previous == entry.labels {
        context.find(.duplicateSeries, at: offset, series: offset, "the series before it has the same labels")
      } else {
        context.find(.seriesUnsorted, at: offset, series: offset, "it does not sort after the series before it")
      }
    }
    previous.replaceSubrange(previous.startIndex..., with: entry.labels)
    hasPrevious = true
  }

  /// Whether labels sort before others. References do as their strings, see `LabelReference`.
  private static func precedes(_ labels: [LabelReference], _ others: [LabelReference]) -> Bool {
    for place in 0..<min(labels.count, others.count) {
      let (one, other) = (labels[place], others[place])
      if one.name != other.name { return one.name < other.name }
      if one.value != other.value { return one.value < other.value }
    }
    return labels.count < others.count
  }

  private mutating func checkChunks(_ entry: borrowing SeriesEntry, _ context: inout IndexContext) {
    let offset = entry.offset
    var before: ChunkMeta?
    for chunk in entry.chunks {
      context.counts.chunks.insert(chunk.reference)
      context.counts.timedChunks.insert(chunk.reference, minTime: chunk.minTime, maxTime: chunk.maxTime)
      context.counts.lastSegment = max(context.counts.lastSegment ?? 0, chunk.reference >> 32)
      if chunk.reference < lastReference {
        context.find(
          .chunkReferencesUnordered, at: offset, series: offset,
          "its chunk at \(Self.place(of: chunk)) lies before that of the series before it")
      }
      lastReference = chunk.reference
      checkRange(of: chunk, offset, &context)
      if let before { checkOrder(of: chunk, after: before, offset, &context) }
      before = chunk
    }
  }

  private func checkRange(of chunk: ChunkMeta, _ offset: UInt64, _ context: inout IndexContext) {
    if chunk.minTime > chunk.maxTime {
      context.find(
        .chunkRange, at: offset, series: offset, "its chunk at \(Self.place(of: chunk)) ends before it begins")
    } else if let times = context.surroundings.times, chunk.minTime < times.min || chunk.maxTime >= times.max {
      context.find(
        .chunkOutsideBlock, at: offset, series: offset,
        "its chunk from \(chunk.minTime) to \(chunk.maxTime) ms lies outside of the block,"
          + " which has \(times.min) up to \(times.max) ms")
    }
    if let sizes = context.surroundings.segmentSizes, let size = Self.size(of: chunk.reference >> 32, sizes),
      !(UInt64(SegmentHeader.size)..<size).contains(chunk.reference & 0xFFFF_FFFF)
    {
      context.find(
        .chunkMissing, at: offset, series: offset,
        "its chunk at \(Self.place(of: chunk)) lies outside of that segment, which has \(size) bytes")
    }
  }

  private func checkOrder(
    of chunk: ChunkMeta, after before: ChunkMeta, _ offset: UInt64, _ context: inout IndexContext
  ) {
    // One that ends before it begins has been reported as that.
    guard before.minTime <= before.maxTime, chunk.minTime <= chunk.maxTime, chunk.minTime <= before.maxTime else {
      return
    }
    if chunk.minTime == before.minTime, chunk.maxTime == before.maxTime {
      // Whether they are the same one twice only their data tells.
      context.twins.append(before, chunk, entry: offset)
    } else if chunk.minTime < before.minTime {
      context.find(
        .outOfOrderChunk, at: offset, series: offset,
        "its chunk from \(chunk.minTime) ms on stands behind one from \(before.minTime) ms on")
    } else {
      context.find(
        .chunkOverlap, at: offset, series: offset,
        "its chunk from \(chunk.minTime) ms on begins before the one in front of it has ended, at \(before.maxTime) ms")
    }
  }

  /// The place of a chunk in words.
  static func place(of chunk: ChunkMeta) -> String {
    "\(chunk.reference & 0xFFFF_FFFF) of segment \(chunk.reference >> 32) (from 0)"
  }

  /// Of a segment, `nil` if there is none: that it is missing is said once, not for each of its chunks.
  private static func size(of segment: UInt64, _ sizes: [UInt64]) -> UInt64? {
    segment < UInt64(sizes.count) ? max(UInt64(SegmentHeader.size), sizes[Int(segment)]) : nil
  }
}
