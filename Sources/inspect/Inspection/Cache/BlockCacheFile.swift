import OrderedJSON
import Platform
import TSDB

/// The file of a `BlockCache`.
///
///     blockhaul.inspect.meta/1                         the piece, here meta.json
///     "s3://thanos at …"                               the bucket, as a JSON string
///     01M81B088QDAD3JHFN4993ETCA 1043 1043 - "5d41…"   a line a block: ULID, bytes that follow, bytes of the object,
///     {"version":1,…                                   its time in ms or `-`, its ETag or `-`; then the bytes
///     crc32c 8fbb21aa                                  of everything before this line
enum BlockCacheFile {
  private static func heading(_ content: BlockCache.Content) -> String { "blockhaul.inspect.\(content.rawValue)/1" }
  /// Larger ones are not read, bytes.
  static let sizeLimit: UInt64 = 1 << 30
  /// `crc32c `, eight digits and a newline.
  private static let trailer = 16

  static func bytes(of entries: [ULID: BlockCache.Entry], _ content: BlockCache.Content, location: String) -> [UInt8] {
    var bytes = Array("\(heading(content))\n\(JSONValue.string(location).text())\n".utf8)
    for (ulid, entry) in entries.sorted(by: { $0.key < $1.key }) {
      let etag = entry.version.etag.map { JSONValue.string($0).text() } ?? "-"
      let modified = entry.version.modified.map(String.init) ?? "-"
      bytes += Array("\(ulid) \(entry.bytes.count) \(entry.version.size) \(modified) \(etag)\n".utf8)
      bytes += entry.bytes
      bytes.append(0x0A)
    }
    return bytes + Array("crc32c \(checksum(bytes[...]))\n".utf8)
  }

  /// - Returns: `nil` for what is no such file, a damaged one, one of another bucket, or of other pieces.
  static func entries(
    parsing bytes: [UInt8], _ content: BlockCache.Content, location: String
  ) -> [ULID: BlockCache.Entry]? {
    guard bytes.count > trailer else { return nil }
    var rest = bytes.dropLast(trailer)
    guard bytes.suffix(trailer).elementsEqual("crc32c \(checksum(rest))\n".utf8),
      let first = line(&rest), first == heading(content), let second = line(&rest),
      (try? JSONValue(parsing: Array(second.utf8)))?.string == location
    else { return nil }
    var entries: [ULID: BlockCache.Entry] = [:]
    while !rest.isEmpty {
      guard let head = line(&rest) else { return nil }
      let fields = head.split(separator: " ", maxSplits: 4).map(String.init)
      guard fields.count == 5, let ulid = ULID(fields[0]), let count = Int(fields[1]), count >= 0, count < rest.count,
        let size = UInt64(fields[2])
      else { return nil }
      let etag = fields[4] == "-" ? nil : (try? JSONValue(parsing: Array(fields[4].utf8)))?.string
      entries[ulid] = BlockCache.Entry(
        version: BlockCache.Version(size: size, etag: etag, modified: Int64(fields[3])), bytes: Array(rest.prefix(count)))
      rest = rest.dropFirst(count + 1)
    }
    return entries
  }

  private static func line(_ rest: inout ArraySlice<UInt8>) -> String? {
    guard let end = rest.firstIndex(of: 0x0A) else { return nil }
    defer { rest = rest[(end + 1)...] }
    return String(decoding: rest[..<end], as: UTF8.self)
  }

  private static func checksum(_ bytes: ArraySlice<UInt8>) -> String {
    let crc = unsafe CRC32C.checksum(bytes.span.bytes)
    let digits = String(crc, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
