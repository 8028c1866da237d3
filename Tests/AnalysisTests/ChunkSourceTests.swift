import Fixtures
import Glibc
import ObjectStore
import Platform
import TSDB
import Testing
import Thanos

@testable import Analysis

/// Blocks that go, or change, while they are read.
@Suite("Chunks of blocks that do not stay as they are")
struct ChunkSourceTests {
  private static let ulid = "01M81B088QDAD3JHFN4993ETCA"
  private static let questions = [
    ChunkQuestion(by: ["job"]), ChunkQuestion(by: ["job"], in: Int64.min...Int64.max),
    ChunkQuestion(by: ["job"], readsIndexOnly: true),
  ]

  @Test("a block that Prometheus deletes meanwhile is read to its end", arguments: [0, 1, 2])
  func deletedFolder(_ question: Int) async throws {
    let data = try DataFolder([ChunkAnalysisTests.raw])
    let before = try await ChunkAnalysisTests.analysis("\(data.path)/\(Self.ulid)", Self.questions[question])
    let block = try ChunkAnalysisTests.block("\(data.path)/\(Self.ulid)")
    for file in try DataFolder.files(below: "\(data.path)/\(Self.ulid)") { try Directory.removeFile(file) }
    let after = try await ChunkAnalysis(of: block, Self.questions[question])
    #expect(ChunkAnalysisTests.summary(after) == ChunkAnalysisTests.summary(before) && after.chunks > 0)
  }

  @Test("objects that are deleted meanwhile end it, with their key", arguments: [0, 1, 2])
  func deletedObjects(_ question: Int) async throws {
    let data = try DataFolder([ChunkAnalysisTests.raw])
    let bucket = FileSystemBucket(directory: data.path)
    let block = try await InspectedBlock(try #require(ULID(Self.ulid)), in: bucket)
    let file = question == 2 ? "index" : "chunks/000001"
    try Directory.removeFile("\(data.path)/\(Self.ulid)/\(file)")
    let error = await #expect(throws: BucketError.self) { try await ChunkAnalysis(of: block, Self.questions[question]) }
    #expect(error?.code == .objectNotFound && error.map { "\($0)".contains("\(Self.ulid)/\(file)") } == true)
  }

  @Test("a segment on disk that becomes shorter while it is read ends it, with its path", arguments: [0, 1])
  func shorter(_ question: Int) async throws {
    let data = try DataFolder([ChunkAnalysisTests.raw])
    let block = try ChunkAnalysisTests.block("\(data.path)/\(Self.ulid)")
    #expect(unsafe truncate("\(data.path)/\(Self.ulid)/chunks/000001", 30_000) == 0)
    let error = await #expect(throws: FileError.self) { try await ChunkAnalysis(of: block, Self.questions[question]) }
    #expect(error.map { "\($0)".contains("chunks/000001") } == true)
  }

  @Test("a segment of several windows is read to its end, and an object that became shorter as far as it goes", arguments: [false, true])
  func windows(_ isCut: Bool) async throws {
    // Chunks of 70 kB in a segment of 6 MB.
    let folder = try TemporaryFolder()
    let ulid = "01HF5EN80000000000000000K7"
    try GeneratedBlock(ulid, from: 1_700_006_400_000, hours: 2, segments: [6 << 20, 3 << 20]).write(in: folder.path)
    let before = try await ChunkAnalysisTests.analysis("\(folder.path)/\(ulid)")
    #expect(before.damage.isEmpty && before.samples == before.chunks * 8000 && before.chunks > 120)
    let block = try await InspectedBlock(try #require(ULID(ulid)), in: FileSystemBucket(directory: folder.path))
    if isCut { #expect(unsafe truncate("\(folder.path)/\(ulid)/chunks/000001", 5_000_000) == 0) }
    let there = try await ChunkAnalysis(of: block)
    if isCut {
      #expect(there.damage.segments == 1 && there.chunks + there.damage.missing == before.chunks)
      #expect(there.damage.missing > 10 && there.damage.missing < 30)
    } else {
      #expect(ChunkAnalysisTests.summary(there) == ChunkAnalysisTests.summary(before))
    }
  }
}
