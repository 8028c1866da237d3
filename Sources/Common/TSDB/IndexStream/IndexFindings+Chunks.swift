/// Segments to be read in pieces.
public protocol SegmentPieces {
  /// What faults call them, in the order that references count them in.
  var names: [String] { get }
  /// Bytes of each.
  var sizes: [UInt64] { get }
  /// Bytes of one; fewer where it has become shorter.
  func read(_ segment: Int, _ range: Range<UInt64>) async throws -> [UInt8]
}

extension IndexFindings {
  /// Names the chunks in which index and segments differ. For blocks whose fingerprints say that some do: the series
  /// and all segments are read once more, side by side in pieces of at most 4 MiB.
  /// - Parameter limit: chunks that may wait for the other side.
  /// - Returns: what was found, and whether that is all: of a block whose chunks lie in quite another order than its
  ///   series only those with wrong times may be found.
  /// - Throws: what reading throws.
  public func compareChunks(
    _ segments: some SegmentPieces, waiting limit: Int = ChunkComparison.limit, read: Read
  ) async throws -> (FaultList, isWhole: Bool) {
    var comparison = ChunkComparison(segmentNames: segments.names, limit: limit)
    var series = SeriesWalk(self)
    var chunks = SegmentWalk(segments.names, segments.sizes)
    var front: UInt64 = 0
    while !series.isAtEnd || !chunks.isAtEnd, !comparison.isPartial {
      if !series.isAtEnd, chunks.isAtEnd || front <= chunks.front {
        series.take(try await read(series.range)) { entry in
          for chunk in entry.chunks {
            comparison.name(chunk, entry: entry.offset)
            front = max(front, chunk.reference)
          }
        }
      } else {
        chunks.take(try await segments.read(chunks.number, chunks.range)) { comparison.hold($0, $1) }
      }
    }
    return (comparison.finish(), !comparison.isPartial)
  }

  /// Compares the data of chunks that have the same times (twice the same chunk, or two that overlap?).
  /// - Throws: what reading throws.
  public func compareTwins(_ segments: some SegmentPieces) async throws -> FaultList {
    var faults = FaultList()
    for pair in twins.pairs {
      let first = try await content(of: pair.first, in: segments)
      let second = try await content(of: pair.second, in: segments)
      if pair.first == pair.second || first != nil && first == second {
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

  /// Encoding and data of a chunk, `nil` where there is none.
  private func content(of reference: UInt64, in segments: some SegmentPieces) async throws -> [UInt8]? {
    guard let number = Int(exactly: reference >> 32), number < segments.sizes.count else { return nil }
    let offset = reference & 0xFFFF_FFFF
    var bytes = try await segments.read(number, offset..<min(segments.sizes[number], offset + 4096))
    guard let frame = try? ChunkFrame.read(bytes.rawBytes, at: 0) else { return nil }
    if frame.size > bytes.count {
      bytes = try await segments.read(number, offset..<min(segments.sizes[number], offset + UInt64(frame.size)))
    }
    guard frame.size <= bytes.count else { return nil }
    return Array(bytes[frame.lengthSize..<frame.lengthSize + 1 + frame.dataLength])
  }
}

/// Goes through all segments once more, in pieces, and decodes their chunks.
private struct SegmentWalk: ~Copyable {
  private let names: [String]
  private let sizes: [UInt64]
  private(set) var number = 0
  private var offset: UInt64 = 0
  private var scanner: SegmentScanner
  private var decoder = ChunkDecoder()
  /// The last reference that was handed over.
  private(set) var front: UInt64 = 0

  init(_ names: [String], _ sizes: [UInt64]) {
    self.names = names
    self.sizes = sizes
    scanner = SegmentScanner(file: names.first ?? "")
  }

  var isAtEnd: Bool { number >= sizes.count }
  var range: Range<UInt64> { offset..<min(sizes[number], offset + (4 << 20)) }

  mutating func take(_ bytes: [UInt8], _ body: (UInt64, (first: Int64, last: Int64)?) -> Void) {
    let segment = UInt64(number) << 32
    var (decoder, front) = (self.decoder, front)
    // A segment that breaks off has been reported as malformed.
    let isReadable: Void? = try? scanner.scan(bytes.rawBytes) { chunk in
      front = segment | chunk.offset
      let summary = chunk.isIntact ? try? decoder.summary(of: chunk.encoding, chunk.data) : nil
      if let first = summary?.firstTimestamp, let last = summary?.lastTimestamp {
        body(front, (first, last))
      } else {
        body(front, nil)
      }
    }
    (self.decoder, self.front) = (decoder, front)
    offset &+= UInt64(bytes.count)
    if isReadable == nil || bytes.isEmpty || offset >= sizes[number] {
      number += 1
      offset = 0
      if number < names.count { scanner = SegmentScanner(file: names[number]) }
    }
  }
}
