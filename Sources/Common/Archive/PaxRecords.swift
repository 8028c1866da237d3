/// The extended header before an entry: what does not fit into the 512 bytes of its own.
///
/// Source: POSIX.1-2017, `pax`, "pax Extended Header": records of `LENGTH KEY=VALUE` and a line feed.
struct PaxRecords {
  private(set) var path: [UInt8]?
  private(set) var linkTarget: [UInt8]?
  private(set) var size: UInt64?
  private(set) var isSparse = false

  init() {}

  /// - Throws: `TarHeader.Invalid` for records that are none.
  init(_ bytes: [UInt8]) throws(TarHeader.Invalid) {
    var rest = bytes[...]
    while !rest.isEmpty {
      guard let space = rest.firstIndex(of: UInt8(ascii: " ")), space - rest.startIndex < 20,
        let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
        length > space - rest.startIndex + 1, length <= rest.count,
        rest[rest.startIndex + length - 1] == UInt8(ascii: "\n")
      else { throw TarHeader.Invalid(reason: "a record of this pax header has no length that can be") }
      let record = rest[(space + 1)..<(rest.startIndex + length - 1)]
      guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else {
        throw TarHeader.Invalid(reason: "a record of this pax header has no value")
      }
      try set(String(decoding: record[..<equals], as: UTF8.self), Array(record[(equals + 1)...]))
      rest = rest[(rest.startIndex + length)...]
    }
  }

  private mutating func set(_ key: String, _ value: [UInt8]) throws(TarHeader.Invalid) {
    switch key {
    case "path": path = path ?? value
    case "linkpath": linkTarget = value
    case "size":
      guard let number = UInt64(String(decoding: value, as: UTF8.self)), number <= Int64.max else {
        throw TarHeader.Invalid(reason: "the size in this pax header is no number")
      }
      size = number
    case "GNU.sparse.name": (path, isSparse) = (value, true)
    case _ where key.hasPrefix("GNU.sparse."): isSparse = true
    default: break
    }
  }
}
