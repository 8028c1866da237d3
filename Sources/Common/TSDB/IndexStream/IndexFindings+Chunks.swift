/// Segments to be read in pieces.
public protocol SegmentPieces {
  /// What faults call them, in the order that references count them in.
  var names: [String] { get }
  /// Bytes of each.
  var sizes: [UInt64] { get }
  /// Up to where the chunks of each can be told from each other, in bytes; 0 for one that is not to be compared.
  var ends: [UInt64] { get }
  /// Bytes of one; fewer where it has become shorter.
  func read(_ segment: Int, _ range: Range<UInt64>) async throws -> [UInt8]
}

extension SegmentPieces {
  public var ends: [UInt64] { sizes }
}

/// What a second look at the series of an index told, side by side with the segments.
public struct ChunkNaming: Sendable {
  /// Chunks in which index and segments differ.
  public var faults: FaultList
  /// Whether these are all.
  public var isWhole: Bool
  /// Where the series begin in the index that some chunks belong to, by the chunks' references.
  public var entries: [UInt64: UInt64]
}

extension IndexFindings {
  /// Names the chunks in which index and segments differ, and finds the series of some chunks. For blocks that are
  /// known to have such: the series and all segments are read once more, side by side in pieces of at most 4 MiB.
  /// - Parameters:
  ///   - wanted: references of chunks whose series are looked for.
  ///   - limit: chunks that may wait for the other side. Of a block whose chunks lie in quite another order than its
  ///     series only those with wrong times may be found.
  /// - Throws: what reading throws.
  public func compareChunks(
    _ segments: some SegmentPieces, naming wanted: Set<UInt64> = [], waiting limit: Int = ChunkComparison.limit,
    read: Read
  ) async throws -> ChunkNaming {
    var comparison = ChunkComparison(segmentNames: segments.names, limit: limit)
    let comparable = ComparableChunks(segments, reportsOutside: context.surroundings.segmentSizes == nil)
    var series = SeriesWalk(self)
    var chunks = SegmentWalk(segments.names, segments.ends)
    var entries: [UInt64: UInt64] = [:]
    var front: UInt64 = 0
    while true {
      let compares = comparable.hasAny && !comparison.isPartial
      let isNamed = entries.count == wanted.count
      if !series.isAtEnd, compares && (chunks.isAtEnd || front <= chunks.front) || !compares && !isNamed {
        series.take(try await read(series.range)) { entry in
          for chunk in entry.chunks {
            if wanted.contains(chunk.reference) { entries[chunk.reference] = entry.offset }
            guard comparable.contains(chunk.reference) else { continue }
            comparison.name(chunk, entry: entry.offset)
            front = max(front, chunk.reference)
          }
        }
      } else if compares, !chunks.isAtEnd {
        let number = chunks.number
        let long = chunks.take(try await segments.read(number, chunks.range)) { comparison.hold($0, $1) }
        for chunk in long {
          let times = SegmentWalk.times(of: try await segments.read(number, chunk))
          comparison.hold(UInt64(number) << 32 | chunk.lowerBound, times)
        }
      } else {
        break
      }
    }
    return ChunkNaming(faults: comparison.finish(), isWhole: !comparison.isPartial, entries: entries)
  }

  /// Compares the data of chunks that have the same times (twice the same chunk, or two that overlap?).
  /// - Throws: what reading throws.
  public func compareTwins(_ segments: some SegmentPieces) async throws -> FaultList {
    var faults = FaultList()
    for pair in twins.pairs {
      let areSame = try await haveSameContent(pair.first, pair.second, in: segments)
      if areSame {
        add(.duplicateChunk, pair, "the same chunk is there twice, from \(pair.minTime) to \(pair.maxTime) ms", &faults)
      } else {
        add(
          .chunkOverlap, pair,
          "two chunks have the same times, from \(pair.minTime) to \(pair.maxTime) ms, and other data", &faults)
      }
    }
    add(uncompared: UInt64(twins.pairs.count), &faults)
    return faults
  }

  /// Reports chunks that have the same times without looking at their data.
  public func reportTwins() -> FaultList {
    var faults = FaultList()
    for pair in twins.pairs {
      add(
        .chunkOverlap, pair, "two chunks have the same times, from \(pair.minTime) to \(pair.maxTime) ms", &faults)
    }
    add(uncompared: UInt64(twins.pairs.count), &faults)
    return faults
  }

  private func add(_ kind: BlockFault.Kind, _ pair: ChunkTwins.Pair, _ message: String, _ faults: inout FaultList) {
    faults.append(BlockFault(kind, file: context.file, offset: pair.entry, seriesEntry: pair.entry, message))
  }

  private func add(uncompared compared: UInt64, _ faults: inout FaultList) {
    let rest = twins.count - compared
    guard rest > 0 else { return }
    faults.append(
      BlockFault(
        .chunkOverlap, file: context.file,
        "\(rest) more pairs of chunks have the same times; their data was not compared",
        occurrences: Int(clamping: rest)))
  }

  /// Compares encoding and data of two chunks. One that is not there is like no other.
  private func haveSameContent(
    _ first: UInt64, _ second: UInt64, in segments: some SegmentPieces
  ) async throws -> Bool {
    if first == second { return true }
    guard let one = try await content(of: first, in: segments),
      let other = try await content(of: second, in: segments), one.range.count == other.range.count
    else { return false }
    // In pieces: a damaged length may claim 64 MiB.
    let piece: UInt64 = 1 << 20
    for offset in stride(from: 0, to: UInt64(one.range.count), by: Int(piece)) {
      let count = min(piece, UInt64(one.range.count) - offset)
      let (start, otherStart) = (one.range.lowerBound + offset, other.range.lowerBound + offset)
      let bytes = try await segments.read(one.segment, start..<start + count)
      if bytes != (try await segments.read(other.segment, otherStart..<otherStart + count)) { return false }
    }
    return true
  }

  /// Where encoding and data of a chunk lie, `nil` where there is none.
  private func content(
    of reference: UInt64, in segments: some SegmentPieces
  ) async throws -> (segment: Int, range: Range<UInt64>)? {
    guard let number = Int(exactly: reference >> 32), number < segments.sizes.count else { return nil }
    let (offset, size) = (reference & 0xFFFF_FFFF, segments.sizes[number])
    guard offset < size else { return nil }
    let head = try await segments.read(
      number, offset..<min(size, offset + UInt64(ChunkFrame.maximumLengthSize)))
    guard let frame = try? ChunkFrame.read(head.rawBytes, at: 0), UInt64(frame.size) <= size - offset else {
      return nil
    }
    let start = offset + UInt64(frame.lengthSize)
    return (number, start..<start + UInt64(1 + frame.dataLength))
  }
}

/// Which of the chunks that an index names can be looked for in the segments.
private struct ComparableChunks {
  private let sizes: [UInt64]
  private let ends: [UInt64]
  private let reportsOutside: Bool

  /// - Parameter reportsOutside: whether nobody has reported yet the chunks that lie outside of their segments.
  init(_ segments: some SegmentPieces, reportsOutside: Bool) {
    (sizes, ends, self.reportsOutside) = (segments.sizes, segments.ends, reportsOutside)
  }

  var hasAny: Bool { ends.contains { $0 > 0 } }

  func contains(_ reference: UInt64) -> Bool {
    guard let number = Int(exactly: reference >> 32), number < ends.count, ends[number] > 0 else { return false }
    let offset = reference & 0xFFFF_FFFF
    if offset < UInt64(SegmentHeader.size) || offset >= sizes[number] { return reportsOutside }
    return offset < ends[number]
  }
}

/// Goes through all segments once more, in pieces, and decodes their chunks.
private struct SegmentWalk: ~Copyable {
  private let names: [String]
  private let ends: [UInt64]
  private(set) var number = 0
  private var offset: UInt64 = 0
  private var scanner: SegmentScanner
  private var decoder = ChunkDecoder()
  /// The last reference that was handed over.
  private(set) var front: UInt64 = 0

  init(_ names: [String], _ ends: [UInt64]) {
    self.names = names
    self.ends = ends
    scanner = SegmentScanner(file: names.first ?? "")
    skip()
  }

  var isAtEnd: Bool { number >= ends.count }
  var range: Range<UInt64> { offset..<min(ends[number], offset + (4 << 20)) }

  /// - Returns: where chunks lie that are too long to be decoded on the way.
  mutating func take(_ bytes: [UInt8], _ body: (UInt64, (first: Int64, last: Int64)?) -> Void) -> [Range<UInt64>] {
    let segment = UInt64(number) << 32
    var (decoder, front) = (self.decoder, front)
    var long: [Range<UInt64>] = []
    // A segment that breaks off has been reported as malformed.
    let isReadable: Void? = try? scanner.scan(bytes.rawBytes) { chunk in
      front = segment | chunk.offset
      if chunk.isIntact, !chunk.hasData {
        long.append(chunk.offset..<chunk.end)
      } else {
        body(front, Self.times(of: chunk, &decoder))
      }
    }
    (self.decoder, self.front) = (decoder, front)
    offset &+= UInt64(bytes.count)
    if isReadable == nil || bytes.isEmpty || offset >= ends[number] {
      number += 1
      offset = 0
      skip()
      if number < names.count { scanner = SegmentScanner(file: names[number]) }
    }
    return long
  }

  /// Goes on to the next segment that is to be compared.
  private mutating func skip() {
    while number < ends.count, ends[number] == 0 { number += 1 }
  }

  /// Of the first and last sample of a chunk; `nil` if it cannot be decoded.
  private static func times(
    of chunk: borrowing SegmentChunk, _ decoder: inout ChunkDecoder
  ) -> (first: Int64, last: Int64)? {
    let summary = chunk.isIntact ? try? decoder.summary(of: chunk.encoding, chunk.data) : nil
    guard let first = summary?.firstTimestamp, let last = summary?.lastTimestamp else { return nil }
    return (first, last)
  }

  /// - Parameter bytes: of a chunk, with its length and checksum.
  static func times(of bytes: [UInt8]) -> (first: Int64, last: Int64)? {
    var scanner = SegmentScanner(file: "", from: 0)
    var decoder = ChunkDecoder()
    var times: (first: Int64, last: Int64)?
    // One that cannot be read has been reported.
    try? scanner.scan(bytes.rawBytes) { times = Self.times(of: $0, &decoder) }
    return times
  }
}
