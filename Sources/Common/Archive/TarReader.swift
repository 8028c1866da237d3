public import Platform

/// Reads a tar, plain or packed with gzip or zstd, entry by entry from front to back.
///
/// ```swift
/// let reader = try TarReader(OpenFile("backup.tar.zst"))
/// while let entry = try reader.next() {
///   try reader.forEachWindow { window in … }
/// }
/// ```
///
/// - Memory: two buffers of 256 KiB, zstd's window (128 MiB at most) and a long name or pax header (1 MiB at most).
/// - Several tars in a row (`cat a.tar b.tar`) are read as one. Without an end mark it counts as cut off.
/// - Not `Sendable`: one thread at a time.
public final class TarReader {
  /// Names and pax headers that are longer are refused. Bytes.
  static let headerLimit: UInt64 = 1 << 20

  private let unpacked: any UnpackedBytes
  private let file: String
  /// Bytes of the tar that are unpacked at most.
  private let limit: UInt64
  private var window = [UInt8](repeating: 0, count: 256 << 10)
  private var unread = 0..<0
  /// Bytes of the tar that have been taken.
  private var offset: UInt64 = 0
  /// Bytes of the current entry's content that have not been taken, and those that fill up its last 512.
  private var content: UInt64 = 0
  private var padding: UInt64 = 0
  private var entries = 0
  private var hasEnded = false

  /// What a file of so many bytes may unpack to unless told otherwise: gzip and zstd bring a data folder to a third or
  /// so, a bomb brings a thousandth or much less.
  public static func defaultLimit(forPackedBytes size: UInt64) -> UInt64 {
    let (product, overflow) = size.multipliedReportingOverflow(by: 200)
    return overflow ? .max : max(product, 16 << 30)
  }

  /// - Parameter limit: bytes that are unpacked at most before `ArchiveError.tooLarge`.
  /// - Throws: `ArchiveError` with `.notAnArchive`, `FileError`.
  public init(_ file: OpenFile, limit: UInt64? = nil) throws {
    self.file = file.path
    self.limit = limit ?? Self.defaultLimit(forPackedBytes: file.size)
    unpacked =
      switch try Compression(of: file) {
      case .none: PlainBytes(file)
      case .gzip: try GzipBytes(file)
      case .zstd: try ZstdBytes(file)
      }
  }

  /// Bytes of the file that have been read, for progress.
  public var packedBytes: UInt64 { unpacked.input.offset }

  /// Goes to the next entry, over what has not been read of the current one. Blocks.
  /// - Parameter check: called every now and then; what it throws ends the reading.
  /// - Returns: `nil` at the end, when all of the file has been read and its checksums were right.
  /// - Throws: `ArchiveError`, `FileError`, what `check` throws. The reader is spent then.
  public func next(check: () throws -> Void = {}) throws -> TarEntry? {
    try skip(content, check)
    try skip(padding, check)
    (content, padding) = (0, 0)
    var records = PaxRecords()
    var (longName, longTarget): ([UInt8]?, [UInt8]?)
    while let header = try header(check) {
      switch header.type {
      case UInt8(ascii: "x"): records = try valid { try PaxRecords(try small(header)) }
      case UInt8(ascii: "L"): longName = try small(header).prefix { $0 != 0 }.map { $0 }
      case UInt8(ascii: "K"): longTarget = try small(header).prefix { $0 != 0 }.map { $0 }
      // Global records and the label of a volume say nothing of an entry's content.
      case UInt8(ascii: "g"), UInt8(ascii: "V"): try skip(Self.padded(header.size), check)
      default:
        return entry(
          header, path: records.path ?? longName ?? header.name,
          target: records.linkTarget ?? longTarget ?? header.linkTarget, records)
      }
    }
    return nil
  }

  /// Reads the current entry's content, as far as it has not been read, window by window. Blocks.
  /// - Throws: `ArchiveError`, `FileError`, what `body` throws.
  public func forEachWindow(_ body: (RawSpan) throws -> Void) throws {
    while content > 0 {
      let count = try fill(upTo: content)
      let range = unread.lowerBound..<unread.lowerBound + count
      try unsafe window.withUnsafeBytes { unsafe try body(UnsafeRawBufferPointer(rebasing: $0[range]).bytes) }
      take(count)
      content -= UInt64(count)
    }
  }

  private func entry(_ header: TarHeader, path: [UInt8], target: [UInt8], _ records: PaxRecords) -> TarEntry {
    let kind: TarEntry.Kind =
      switch header.type {
      case _ where records.isSparse, UInt8(ascii: "S"): .sparse
      case 0 where path.last == UInt8(ascii: "/"), UInt8(ascii: "5"): .directory
      case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): .file
      case UInt8(ascii: "1"), UInt8(ascii: "2"): .link(target: String(decoding: target, as: UTF8.self))
      default: .other
      }
    // Links, devices, folders and pipes have no content, whatever their size says.
    let isHeaderOnly = (UInt8(ascii: "1")...UInt8(ascii: "6")).contains(header.type)
    content = isHeaderOnly ? 0 : records.size ?? header.size
    padding = Self.padded(content) &- content
    defer { entries += 1 }
    return TarEntry(number: entries, path: String(decoding: path, as: UTF8.self), kind: kind, size: content)
  }

  /// The next header, over blocks of zeros; `nil` at the end of the file.
  private func header(_ check: () throws -> Void) throws -> TarHeader? {
    while true {
      try check()
      guard let block = try block() else { return nil }
      if block.allSatisfy({ $0 == 0 }) {
        hasEnded = true
      } else {
        hasEnded = false
        return try valid { try TarHeader(block) }
      }
    }
  }

  private func block() throws -> [UInt8]? {
    let isAtEnd = try !more()
    if isAtEnd, hasEnded { return nil }
    if isAtEnd { throw error(.truncated, "the tar ends here without its end mark: it was cut off") }
    return try bytes(TarHeader.size)
  }

  /// The content of a header that describes the next entry.
  private func small(_ header: TarHeader) throws -> [UInt8] {
    guard header.size <= Self.headerLimit else {
      throw error(.tooLarge, "a name or pax header of \(header.size) bytes; \(Self.headerLimit) are the most")
    }
    return Array(try bytes(Int(Self.padded(header.size))).prefix(Int(header.size)))
  }

  private func bytes(_ count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let part = try fill(upTo: UInt64(count - bytes.count))
      bytes.append(contentsOf: window[unread.lowerBound..<unread.lowerBound + part])
      take(part)
    }
    return bytes
  }

  private func skip(_ count: UInt64, _ check: () throws -> Void) throws {
    var missing = count
    while missing > 0 {
      try check()
      if unread.isEmpty {
        let skipped = unpacked.skip(missing)
        offset &+= skipped
        missing -= skipped
        if missing == 0 { return }
      }
      let part = try fill(upTo: missing)
      take(part)
      missing -= UInt64(part)
    }
  }

  /// Whether there are bytes in the window, after another read if need be.
  private func more() throws -> Bool {
    guard unread.isEmpty else { return true }
    guard offset < limit else {
      throw error(.tooLarge, "it unpacks to more than \(limit) bytes, which no data folder of its size does")
    }
    unread = 0..<(try unsafe window.withUnsafeMutableBytes { try unsafe unpacked.read(into: $0) })
    return !unread.isEmpty
  }

  /// - Returns: how many bytes lie in the window, at least one and no more than were asked for.
  private func fill(upTo count: UInt64) throws -> Int {
    guard try more() else { throw error(.truncated, "the tar ends inside of an entry: it was cut off") }
    return Int(min(count, UInt64(unread.count)))
  }

  private func take(_ count: Int) {
    unread = (unread.lowerBound + count)..<unread.upperBound
    offset &+= UInt64(count)
  }

  private func valid<Value>(_ parse: () throws -> Value) throws -> Value {
    let start = offset
    do {
      return try parse()
    } catch let invalid as TarHeader.Invalid {
      let place = start >= UInt64(TarHeader.size) ? start - UInt64(TarHeader.size) : 0
      throw ArchiveError(.malformed, file, at: place, of: .unpacked, invalid.reason)
    }
  }

  private func error(_ code: ArchiveError.Code, _ reason: String) -> ArchiveError {
    ArchiveError(code, file, at: offset, of: .unpacked, reason)
  }

  private static func padded(_ size: UInt64) -> UInt64 {
    let over = size % UInt64(TarHeader.size)
    return over == 0 ? size : size &+ (UInt64(TarHeader.size) - over)
  }
}
