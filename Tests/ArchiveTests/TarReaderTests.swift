import Archive
import Fixtures
import Platform
import Testing

/// Reads a whole archive; what tests compare.
func contents(of archive: OpenFile, limit: UInt64? = nil) throws -> [String: [UInt8]] {
  let reader = try TarReader(archive, limit: limit)
  var files: [String: [UInt8]] = [:]
  while let entry = try reader.next() {
    guard entry.kind == .file else { continue }
    var bytes: [UInt8] = []
    try reader.forEachWindow { window in
      for place in 0..<window.byteCount {
        bytes.append(unsafe window.unsafeLoad(fromByteOffset: place, as: UInt8.self))
      }
    }
    files[entry.path] = bytes
  }
  return files
}

/// An archive of a test's own, opened: its name is gone by the time that it is read.
func archive(_ bytes: [UInt8]) throws -> OpenFile {
  let folder = try TemporaryFolder()
  defer { withExtendedLifetime(folder) {} }
  try AtomicFile.write(bytes, to: "\(folder.path)/archive")
  return try OpenFile("\(folder.path)/archive")
}

@Suite("tar archives")
struct TarReaderTests {
  static let files: [(name: String, content: [UInt8])] = [
    ("data/one", Array("one".utf8)), ("data/empty", []),
    ("data/two", (0..<70_000).map { UInt8(truncatingIfNeeded: $0 * $0 >> 3) }),
    ("data/block", [UInt8](repeating: 7, count: 512)),
  ]
  static let tar = TarBuilder.tar(files)
  static let expected = Dictionary(uniqueKeysWithValues: files.map { ($0.name, $0.content) })

  @Test(
    "what the tar command writes comes out byte for byte", arguments: ["v7", "oldgnu", "gnu", "ustar", "pax"],
    Packing.allCases)
  func formats(format: String, packing: Packing) throws {
    let folder = try TemporaryFolder()
    // Past 100 bytes a name needs the prefix (ustar), an entry of its own (gnu) or a pax record; v7 has none of them.
    let deep =
      format == "v7"
      ? "data" : "data/" + [String](repeating: "a-name-of-30-bytes-that-is-long", count: 4).joined(separator: "/")
    try Directory.create("\(folder.path)/\(deep)")
    var expected: [String: [UInt8]] = [:]
    for size in [0, 1, 511, 512, 513, 300_000] {
      let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
      expected["\(deep)/file-\(size)"] = bytes
      try AtomicFile.write(bytes, to: "\(folder.path)/\(deep)/file-\(size)")
    }
    try shell("tar -C \(folder.path) --format=\(format) -cf \(folder.path)/plain.tar data")
    let tar = try OpenFile("\(folder.path)/plain.tar").readAll(limit: 1 << 30)
    #expect(try contents(of: archive(packing.pack(tar))) == expected)
  }

  @Test("the gzip command's output, members one after another, frames and skippable ones are one archive")
  func concatenated() throws {
    let (half, folder) = (Self.tar.count / 3, try TemporaryFolder())
    let (front, back) = (Array(Self.tar[..<half]), Array(Self.tar[half...]))
    let skippable: [UInt8] = [0x53, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]
    let zeros = [UInt8](repeating: 0, count: 1000)
    for bytes in [
      Packing.gzip.pack(front) + Packing.gzip.pack(back),
      Packing.gzip.pack(front) + Packing.gzip.pack([]) + Packing.gzip.pack(back) + zeros,
      Packing.zstd.pack(front) + Packing.zstd.pack(back),
      skippable + Packing.zstd.pack(front) + skippable + Packing.zstd.pack(back) + skippable,
      Self.tar + Self.tar,
    ] {
      #expect(try contents(of: archive(bytes)) == Self.expected)
    }
    try AtomicFile.write(front, to: "\(folder.path)/front")
    try AtomicFile.write(back, to: "\(folder.path)/back")
    try shell("cd \(folder.path) && (gzip -c front; gzip -c back) > both.tar.gz")
    #expect(try contents(of: OpenFile("\(folder.path)/both.tar.gz")) == Self.expected)
  }

  @Test("a second tar behind the first one's end is read too")
  func appended() throws {
    let second = TarBuilder.tar([("more", [1, 2, 3])])
    let files = try contents(of: archive(Self.tar + second))
    #expect(files.count == 5 && files["more"] == [1, 2, 3])
  }

  @Test("entries that are no files say what they are")
  func kinds() throws {
    let folder = try TemporaryFolder()
    try shell(
      """
      cd \(folder.path) && mkdir data && echo x > data/a && ln data/a data/b && ln -s a data/c && mkfifo data/d \
      && truncate -s 4M data/e && tar --sort=name --sparse -cf gnu.tar data && tar --sort=name --format=pax --sparse -cf pax.tar data
      """)
    for name in ["gnu", "pax"] {
      let reader = try TarReader(OpenFile("\(folder.path)/\(name).tar"))
      var kinds: [String: TarEntry.Kind] = [:]
      while let entry = try reader.next() { kinds[entry.path] = entry.kind }
      #expect(
        kinds == [
          "data/": .directory, "data/a": .file, "data/b": .link(target: "data/a"), "data/c": .link(target: "a"),
          "data/d": .other,
          "data/e": .sparse,
        ])
    }
  }

  @Test("sizes in base 256 and in pax records count")
  func sizes() throws {
    var builder = TarBuilder()
    builder.add("binary", [1, 2, 3], size: [0x80] + [UInt8](repeating: 0, count: 10) + [3])
    builder.add("records", Array("10 size=2\n".utf8), type: "x")
    builder.add("pax", [4, 5], size: Array("00000000000".utf8))
    builder.end()
    #expect(try contents(of: archive(builder.bytes)) == ["binary": [1, 2, 3], "pax": [4, 5]])
  }

  @Test(
    "paths are taken apart without what could lead elsewhere",
    arguments: [
      ("a/b", ["a", "b"]), ("./a//b/", ["a", "b"]), ("/a/./b", ["a", "b"]), ("../a", nil), ("a/../b", nil),
      ("a/..", nil), ("..", nil),
      ("a/...", ["a", "..."]), ("", []),
    ] as [(String, [String]?)])
  func components(path: String, expected: [String]?) throws {
    let reader = try TarReader(archive(TarBuilder.tar([(path.isEmpty ? "./" : path, [])])))
    #expect(try reader.next()?.components == expected)
  }

  @Test("what is skipped in a plain tar is not read, and the next entry is found")
  func skipped() throws {
    let reader = try TarReader(
      archive(TarBuilder.tar([("large", [UInt8](repeating: 1, count: 3_000_000)), ("small", [9])])))
    #expect(try reader.next()?.path == "large")
    #expect(try reader.next()?.path == "small")
    #expect(try reader.next() == nil)
  }
}
