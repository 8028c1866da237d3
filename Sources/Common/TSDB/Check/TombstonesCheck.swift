import Platform

/// Checks tombstones while their bytes pass by: the checksum, and that each is a stretch of time of a series that is
/// there.
public struct TombstonesCheck: Sendable {
  /// An entry is three integers of at most 10 bytes.
  private static let longestEntry = 30
  private static let headSize = 5

  private let file: String
  /// Of the whole file, in bytes.
  private let size: UInt64
  /// `nil` where the index could not be read: then nothing is said of the series.
  private let series: SeriesSet?
  private var faults = FaultList()
  private var isBroken = false
  /// Deletions that have passed by.
  private var seen: UInt64 = 0
  private var hasHead = false
  private var checksum: UInt32 = 0
  /// Where `carried` begins in the file.
  private var offset: UInt64 = 0
  private var carried: [UInt8] = []

  public init(file: String, size: UInt64, series: SeriesSet?) {
    (self.file, self.size, self.series) = (file, size, series)
  }

  /// Takes the next bytes of the file.
  public mutating func scan(_ window: RawSpan) {
    if isBroken { return }
    unsafe window.withUnsafeBytes { unsafe carried.append(contentsOf: $0) }
    take(isEnd: false)
  }

  /// To be called when the file has ended.
  public mutating func finish() -> FaultList {
    if !isBroken { take(isEnd: true) }
    return faults
  }

  /// The deletions of the file when it has ended; `nil` if it breaks its format.
  public var count: UInt64? { isBroken ? nil : seen }

  private mutating func take(isEnd: Bool) {
    var bytes: [UInt8] = []
    swap(&bytes, &carried)
    let used: Int
    do throws(Fault) {
      used = try take(bytes.rawBytes, isEnd: isEnd)
    } catch {
      isBroken = true
      // A checksum that does not match says more than what came of it.
      faults = FaultList()
      faults.append(
        BlockFault(
          TSDBError(error, in: file, base: offset), malformed: .tombstonesMalformed, checksum: .tombstonesMalformed))
      return
    }
    bytes.removeFirst(used)
    offset &+= UInt64(used)
    swap(&bytes, &carried)
  }

  private mutating func take(_ bytes: RawSpan, isEnd: Bool) throws(Fault) -> Int {
    var reader = ByteReader(bytes)
    if !hasHead {
      guard isEnd || bytes.byteCount >= Self.headSize else { return 0 }
      try Tombstones.readHeader(from: &reader)
      hasHead = true
    }
    let end = size &- min(size, 4)
    guard end >= UInt64(Self.headSize) else { throw Fault(.truncated, at: bytes.byteCount, expected: "a checksum") }
    let limit = Int(clamping: end &- min(end, offset))
    let stop = min(limit, bytes.byteCount)
    while reader.position < stop, isEnd || bytes.byteCount &- reader.position >= Self.longestEntry {
      let start = reader.position
      var entry = ByteReader(bytes, in: start..<stop)
      let tombstone = try Tombstones.Entry(from: &entry)
      reader.move(to: entry.position)
      checksum = CRC32C.checksum(bytes.extracting(start..<entry.position), after: checksum)
      check(tombstone, at: offset &+ UInt64(start))
    }
    if isEnd {
      let stored = try reader.uint32()
      guard stored == checksum, reader.isAtEnd else {
        throw Fault(
          .checksumMismatch, at: reader.position &- 4, expected: "the CRC-32C of the entries", found: UInt64(stored))
      }
    }
    return reader.position
  }

  private mutating func check(_ tombstone: Tombstones.Entry, at offset: UInt64) {
    seen &+= 1
    if tombstone.minTime > tombstone.maxTime {
      faults.append(
        BlockFault(
          .tombstoneRange, file: file, offset: offset, seriesEntry: series?.entry(of: tombstone.series),
          "a deletion that ends at \(tombstone.maxTime) ms, before it begins at \(tombstone.minTime)"))
    }
    if let series, series.isWhole, !series.contains(tombstone.series) {
      faults.append(
        BlockFault(
          .tombstoneDangling, file: file, offset: offset,
          "a deletion from the series \(tombstone.series), which the index does not have"))
    }
  }
}
