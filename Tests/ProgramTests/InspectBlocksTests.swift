import Console
import Fixtures
import ObjectStore
import Platform
import Testing
import TSDB
import Thanos

@testable import Inspection

@Suite("inspect blocks")
struct InspectBlocksTests {
  static let first = "01M81B088QDAD3JHFN4993ETCA"
  static let second = "01M81B089WZ6FKNMSDPKBMGYCV"

  static func meta(
    _ ulid: String, from: Int64 = 0, until: Int64 = 7_200_000, level: Int = 1, resolution: Int64 = 0,
    cluster: String = "eu1", files: String = "[]"
  ) -> [UInt8] {
    Array(
      """
      {"ulid": "\(ulid)", "minTime": \(from), "maxTime": \(until), "version": 1, "compaction": {"level": \(level)},
       "stats": {"numSamples": 1200, "numSeries": 10, "numChunks": 10},
       "thanos": {"labels": {"cluster": "\(cluster)"}, "downsample": {"resolution": \(resolution)}, "source": "sidecar",
         "files": \(files), "upload_time": "0001-01-01T00:00:00Z"}}
      """.utf8)
  }

  /// A bucket with a block whose index has 300 bytes and whose chunks have 700.
  static func bucket(files: String = "[]") -> MemoryBucket {
    let bucket = MemoryBucket()
    add(first, to: bucket, meta: meta(first, files: files))
    return bucket
  }

  static func add(_ ulid: String, to bucket: MemoryBucket, meta: [UInt8]) {
    bucket.set("\(ulid)/meta.json", meta)
    bucket.set("\(ulid)/index", [UInt8](repeating: 0, count: 300))
    bucket.set("\(ulid)/chunks/000001", [UInt8](repeating: 0, count: 700))
  }

  @Test(
    "sizes are those of the objects, whatever thanos.files says, and a block whose meta.json says otherwise is not ok",
    arguments: [
      ("[]", "ok"),
      (#"[{"rel_path": "index", "size_bytes": 300}, {"rel_path": "chunks/000001", "size_bytes": 700}]"#, "ok"),
      (#"[{"rel_path": "index", "size_bytes": 301}]"#, "index has 300 bytes, meta.json says 301"),
      (
        #"[{"rel_path": "chunks/000001", "size_bytes": 9223372036854775807}]"#,
        "chunks/000001 has 700 bytes, meta.json says 9223372036854775807"
      ),
      (#"[{"rel_path": "chunks/000002", "size_bytes": 700}]"#, "chunks/000002 is missing"),
      (#"[{"rel_path": "index", "size_bytes": -300}]"#, "unreadable: 01M81B088QDAD3JHFN4993ETCA/meta.json"),
    ])
  func sizes(files: String, state: String) async throws {
    let rows = try await BlockSource.bucket(Self.bucket(files: files)).rows()
    let row = try #require(rows.first)
    #expect(rows.count == 1 && row.sizes?.index == 300 && row.sizes?.chunks == 700 && row.sizes?.files == 3)
    #expect(state == "ok" ? row.state == "ok" : row.state.hasPrefix(state), "\(row.state)")
  }

  @Test("a block without its index, or without any of its chunks, is not ok", arguments: ["index", "chunks"])
  func lacking(_ what: String) async throws {
    let bucket = Self.bucket()
    bucket.set(what == "index" ? "\(Self.first)/index" : "\(Self.first)/chunks/000001", nil)
    #expect(try await BlockSource.bucket(bucket).rows().map(\.state) == ["no \(what)"])
  }

  @Test("a block that is deleted after it was listed has no row; one that has lost a file since has what is left")
  func vanishing() async throws {
    let data = try DataFolder()
    let directory = try DataDirectory(data.path)
    let (gone, cut) = (directory.blocks[0], directory.blocks[1])
    try shell("rm -r \(gone.path) && rm \(cut.metaPath)")
    let rows = await FolderRows(path: data.path).rows(of: directory.blocks)
    #expect(rows.map(\.ulid) == directory.blocks.dropFirst().map(\.ulid))
    #expect(rows.map(\.state) == ["no meta.json", "ok"] && (rows[0].sizes?.index ?? 0) > 0)
  }

  @Test("a block of a bucket whose meta.json goes after it was listed is a row that says so, and ends nothing")
  func vanishingFromBucket() async throws {
    let bucket = Self.bucket()
    Self.add(Self.second, to: bucket, meta: Self.meta(Self.second))
    bucket.behave { $0.beforeGet = { key in if key.hasPrefix(Self.first) { bucket.set(key, nil) } } }
    let rows = try await BlockSource.bucket(bucket).rows()
    #expect(rows.map(\.state) == ["ok", "deleted meanwhile"] && rows[1].ulid.description == Self.first)
  }

  @Test("folders that Prometheus has left half-made are no blocks")
  func leftovers() async throws {
    let data = try DataFolder([DataFolder.rawBlocks[0]])
    for name in ["01M81B088QDAD3JHFN4993ETCA.tmp-for-creation", "01M81B089WZ6FKNMSDPKBMGYCV.tmp-for-deletion"] {
      try Directory.create("\(data.path)/\(name)")
      try data.write(Self.meta(Self.first), to: "\(name)/meta.json")
    }
    for source in [BlockSource.folder(data.path), .bucket(FileSystemBucket(directory: data.path))] {
      #expect(try await source.rows().map(\.ulid.description) == ["01DXXFZDYD1MQW6079WK0K6EDQ"])
    }
  }

  @Test("a meta.json that is a folder, or cannot be parsed, and a block without index are rows of a folder")
  func oddFolders() async throws {
    let data = try DataFolder([DataFolder.rawBlocks[0]])
    try Directory.create("\(data.path)/\(Self.first)/meta.json")
    try Directory.create("\(data.path)/\(Self.second)/chunks")
    try data.write(Array("{".utf8), to: "\(Self.second)/meta.json")
    try data.write([1, 2], to: "\(Self.second)/chunks/000001")
    try data.write([1, 2], to: "\(Self.second)/chunks/notes.txt")
    try shell("rm \(data.path)/01DXXFZDYD1MQW6079WK0K6EDQ/index")
    let rows = try await BlockSource.folder(data.path).rows()
    #expect(rows[0].state == "no index" && rows.count == 3)
    #expect(rows[1...].allSatisfy { $0.state.hasPrefix("unreadable: ") } && rows[2].sizes?.chunks == 2)
    #expect(!rows.contains { $0.state.contains("\n") })
  }

  @Test("blocks that nobody can say of whether they are meant are counted, and stand below the totals")
  func leftOut() async throws {
    let bucket = Self.bucket()
    bucket.set("\(Self.second)/index", [1, 2, 3])
    let source = BlockSource.bucket(bucket)
    let chosen = try await source.selected(RowSelection(resolutions: [.raw]))
    #expect(chosen.rows.count == 1 && chosen.undescribed.map(\.ulid.description) == [Self.second])
    let totals = try BlockTotals.table(of: chosen.rows, leftOut: chosen.undescribed).selecting(["SCOPE", "BLOCKS", "TOTAL"])
    let size = 1000 + Self.meta(Self.first).count
    #expect(totals.text(.csv) == "SCOPE,BLOCKS,TOTAL\nset,1,\(size)\nall,1,\(size)\nleft out,1,3\n")
    let named = RowSelection(BlockSelection(ids: Set([ULID(Self.first)].compactMap(\.self))), levels: [9])
    #expect(try await source.selected(named).undescribed.isEmpty)
    #expect(try await source.selected(.all).undescribed.isEmpty)
  }

  @Test("markers are those that the listing shows, in a bucket and in a folder")
  func markers() async throws {
    let bucket = try TestBucket()
    for (key, bytes) in Self.bucket().objects { try await bucket.put(key, .bytes(bytes)) }
    try await bucket.put("\(Self.first)/no-compact-mark.json", .bytes([0x7B, 0x7D]))
    try await bucket.put("\(Self.first)/deletion-mark.json", .bytes([0x7B, 0x7D]))
    for source in [BlockSource.bucket(bucket), .folder(bucket.path)] {
      let rows = try await source.rows()
      #expect(rows.map { Set($0.markers) } == [[.deletion, .noCompact]])
      #expect(BlockTable.table(of: rows).text(.json).contains(#""MARKERS": "deletion,no-compact""#))
    }
  }

  @Test("an upload time that was never set is that of meta.json in a bucket, and none in a folder")
  func uploaded() async throws {
    let bucket = try TestBucket()
    for (key, bytes) in Self.bucket().objects { try await bucket.put(key, .bytes(bytes)) }
    let modified = try Directory.status(of: "\(bucket.path)/\(Self.first)/meta.json").modified
    #expect(try await BlockSource.bucket(bucket).rows().map(\.uploaded) == [modified])
    #expect(try await BlockSource.folder(bucket.path).rows().map(\.uploaded) == [nil])
  }

  @Test(
    "blocks are chosen by name, time, labels, resolution and level",
    arguments: [
      (RowSelection.all, 3),
      (RowSelection(BlockSelection(ids: Set([ULID(first)].compactMap(\.self)))), 1),
      (RowSelection(BlockSelection(minTime: 8_000_000)), 1),
      (RowSelection(BlockSelection(maxTime: 7_000_000)), 1),
      (RowSelection(resolutions: [.fiveMinutes, .oneHour]), 1),
      (RowSelection(levels: [1]), 1), (RowSelection(levels: [2, 3]), 1), (RowSelection(levels: [4]), 0),
    ])
  func selection(_ selection: RowSelection, count: Int) async throws {
    let bucket = Self.bucket()
    Self.add(
      Self.second, to: bucket,
      meta: Self.meta(Self.second, from: 7_200_000, until: 9_000_000, level: 2, resolution: 300_000))
    bucket.set("01M81B088QDAD3JHFN4993ETCB/index", [1])
    #expect(try await BlockSource.bucket(bucket).rows(selection).count == count)
  }

  @Test("RANGE is written as Thanos writes it and sorted by value (thanos#2414)")
  func order() async throws {
    let bucket = Self.bucket()
    Self.add(Self.second, to: bucket, meta: Self.meta(Self.second, until: 36_000_000))
    let table = BlockTable.table(of: try await BlockSource.bucket(bucket).rows())
    let text = try table.sorted(by: [Table.Order("range", isDescending: true)]).selecting(["range", "TOTAL"]).text(.csv)
    #expect(text.split(separator: "\n").map { $0.split(separator: ",")[0] } == ["RANGE", "10h0m0s", "2h0m0s"])
  }

  @Test("totals are by label set and resolution, with one row for what has no meta.json and one for all")
  func totals() async throws {
    let bucket = Self.bucket()
    Self.add(Self.second, to: bucket, meta: Self.meta(Self.second, cluster: "us1"))
    bucket.set("01M81B088QDAD3JHFN4993ETCB/index", [1])
    let table = BlockTotals.table(of: try await BlockSource.bucket(bucket).rows())
    let text = try table.selecting(["LABELS", "BLOCKS", "#SAMPLES", "INDEX", "SCOPE"]).text(.csv)
    #expect(
      text == """
        LABELS,BLOCKS,#SAMPLES,INDEX,SCOPE
        cluster=eu1,1,1200,300,set
        cluster=us1,1,1200,300,set
        ,1,0,1,undescribed
        ,3,2400,601,all

        """)
  }

  @Test("counts that do not fit become the largest that does")
  func overflow() async throws {
    let bucket = MemoryBucket()
    for ulid in [Self.first, Self.second] {
      let text = String(decoding: Self.meta(ulid), as: UTF8.self).replacing("1200", with: "9223372036854775807")
      Self.add(ulid, to: bucket, meta: Array(text.utf8))
    }
    let table = BlockTotals.table(of: try await BlockSource.bucket(bucket).rows())
    #expect(try table.selecting(["#SAMPLES"]).text(.csv).hasSuffix("\n9223372036854775807\n"))
  }
}
