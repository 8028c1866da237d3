import Fixtures
import Testing

@testable import Analysis

@Suite("Analysis of an index in parts")
struct MergedTotalsTests {
  @Test("several threads find what one finds", arguments: Array(Fixtures.blocks.enumerated()).map(\.element))
  func threads(_ block: String) async throws {
    let parallel = try await IndexAnalysis(of: try InspectedBlock(at: "\(Fixtures.root)/\(block)"), limit: 10_000)
    let alone = try IndexAnalysisTests.analysis(of: block, limit: 10_000)
    #expect(parallel.metrics == alone.metrics)
    #expect(parallel.labels == alone.labels)
    #expect((parallel.series, parallel.chunks, parallel.pairEntries) == (alone.series, alone.chunks, alone.pairEntries))
    #expect(Set(parallel.commonPairs.map(\.text)) == Set(alone.commonPairs.map(\.text)))
    #expect(parallel.commonPairs.map(\.value) == alone.commonPairs.map(\.value))
    #expect(parallel.churningPairs.map(\.value) == alone.churningPairs.map(\.value))
  }
}
