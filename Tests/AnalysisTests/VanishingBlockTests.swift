import Console
import Fixtures
import ObjectStore
import Platform
import TSDB
import Testing
import Thanos

@testable import Analysis

/// Prometheus and Thanos delete blocks whenever they have compacted them, also while somebody looks.
@Suite("Blocks that disappear while they are read")
struct VanishingBlockTests {
  private static let ulid = "01M81B088QDAD3JHFN4993ETCA"

  private static func rows(_ listing: consuming SeriesListing) async throws -> [[Cell]] {
    var listing = listing
    var rows: [[Cell]] = []
    while let next = try await listing.next() { rows += next }
    return rows
  }

  @Test("of a folder that is deleted after it was opened all is read to its end")
  func folder() async throws {
    let data = try DataFolder()
    let path = "\(data.path)/\(Self.ulid)"
    let block = try InspectedBlock(at: path)
    let expected = try await Self.rows(try await SeriesListing(of: block, SeriesChoice()))
    let analysis = try await IndexAnalysis(of: block)
    let again = try InspectedBlock(at: path)
    try shell("rm -r \(path)")
    #expect(try await Self.rows(try await SeriesListing(of: again, SeriesChoice())) == expected && expected.count == 120)
    #expect(try await IndexAnalysis(of: again).metrics == analysis.metrics)
    let diff = try await BlockDiff(from: again, to: block)
    #expect(diff.all.series.after == 120 && diff.all.growth == 0)
    #expect(throws: (any Error).self) { _ = try InspectedBlock(at: path) }
  }

  @Test("of a bucket the object that is gone is named", arguments: ["index", "chunks/000001"])
  func bucket(_ gone: String) async throws {
    let data = try DataFolder()
    let bucket = FileSystemBucket(directory: data.path)
    let block = try await InspectedBlock(try #require(ULID(Self.ulid)), in: bucket)
    // Listed, and then deleted.
    var listing: SeriesListing? = gone == "index" ? nil : try await SeriesListing(of: block, SeriesChoice())
    try await bucket.delete("\(Self.ulid)/\(gone)")
    let error = await #expect(throws: BucketError.self) {
      if listing == nil { listing = try await SeriesListing(of: block, SeriesChoice()) }
      while try await listing?.next() != nil {}
    }
    #expect(error?.code == .objectNotFound && error?.key == "\(Self.ulid)/\(gone)")
    if let error { #expect(ExitStatus.of(error) == .unfinished) }
  }
}
