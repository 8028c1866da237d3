import Console
import Fixtures
import Inspection
import ObjectStore
import Platform
import TSDB
import Testing
import Thanos

@testable import Planning

@Suite("Index-headers")
struct IndexHeaderTests {
  /// The file itself, byte for byte as Thanos' `binary_reader.go` writes it.
  static func header(of index: [UInt8]) -> [UInt8] {
    func offset(_ place: Int) -> Int {
      let start = index.count - 52 + 8 * place
      return index[start..<start + 8].reduce(0) { $0 << 8 | Int($1) }
    }
    func big(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let (symbols, series, postingsTable) = (offset(0), offset(1), offset(5))
    var file: [UInt8] = [0xBA, 0xAA, 0xD7, 0x92, 1, index[4]] + big(postingsTable, 8)
    let symbolsAt = file.count
    file += index[symbols..<series]
    let tableAt = file.count
    file += index[postingsTable...]
    return file + big(symbolsAt, 8) + big(tableAt, 8) + [0, 0, 0, 0]
  }

  @Test("the size is that of the file that Thanos writes", arguments: Fixtures.blocks)
  func size(_ block: String) throws {
    let index = try Fixtures.bytes("\(block)/index")
    let contents = try TableOfContents(lastBytes: Array(index.suffix(52)), ofSize: UInt64(index.count), file: "index")
    #expect(IndexHeader.size(of: contents) == UInt64(Self.header(of: index).count))
  }

  @Test("a folder and a bucket give the same sizes, also where meta.json lists another")
  func sources() async throws {
    let data = try DataFolder(["downsampled/01M81B0KSSX5FCZ5868AE5R719", "index-v1/01DXXFZDYD1MQW6079WK0K6EDQ"])
    let meta = String(decoding: try data.read("01M81B0KSSX5FCZ5868AE5R719/meta.json"), as: UTF8.self)
    let wrong = meta.split(separator: "7638").joined(separator: "7000")
    try data.write(Array(wrong.utf8), to: "01M81B0KSSX5FCZ5868AE5R719/meta.json")
    let expected = try ["01M81B0KSSX5FCZ5868AE5R719", "01DXXFZDYD1MQW6079WK0K6EDQ"].map {
      UInt64(Self.header(of: try data.read("\($0)/index")).count)
    }.reduce(0, +)
    for source in [BlockSource.folder(data.path), .bucket(FileSystemBucket(directory: data.path))] {
      let plan = try await CapacityPlan(of: source, policy: PlanPolicy(), prices: nil, clock: 1_800_000_000_000)
      #expect(plan.headers.sum == expected && plan.headers.failures.isEmpty)
    }
  }

  @Test("an index that is damaged at its end is a line, not an error")
  func damaged() async throws {
    let data = try DataFolder()
    let index = "01M81B088QDAD3JHFN4993ETCA/index"
    try data.flip(index, at: try data.read(index).count - 10)
    let plan = try await CapacityPlan(of: .folder(data.path), policy: PlanPolicy(), prices: nil, clock: 1_800_000_000_000)
    #expect(plan.headers.sizes.count == 2 && plan.headers.failures.map(\.ulid.description) == ["01M81B088QDAD3JHFN4993ETCA"])
    let text = try plan.document(limit: 5).text(.table)
    #expect(text.contains("01M81B088QDAD3JHFN4993ETCA"))
  }

  @Test("markers are found in a folder and in a bucket")
  func markers() async throws {
    let data = try DataFolder()
    let mark = """
      {"id":"01M81B088QDAD3JHFN4993ETCA","version":1,"no_compact_time":1,"reason":"manual","details":"by hand"}
      """
    try data.write(Array(mark.utf8), to: "01M81B088QDAD3JHFN4993ETCA/no-compact-mark.json")
    try data.write(Array("{}".utf8), to: "01M81B089WZ6FKNMSDPKBMGYCV/deletion-mark.json")
    for source in [BlockSource.folder(data.path), .bucket(FileSystemBucket(directory: data.path))] {
      let input = try await source.planInput(clock: 1_800_000_000_000)
      let markers = Dictionary(uniqueKeysWithValues: input.blocks.map { ("\($0.description.ulid)", $0.markers) })
      #expect(markers["01M81B088QDAD3JHFN4993ETCA"] == [.noCompact: "manual: by hand"])
      #expect(markers["01M81B089WZ6FKNMSDPKBMGYCV"]?[.deletion] != nil)
      #expect(markers["01DXXFZDYD1MQW6079WK0K6EDQ"] == [:])
    }
  }
}
