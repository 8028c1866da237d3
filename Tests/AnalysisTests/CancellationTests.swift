import Fixtures
import Testing

@testable import Analysis

@Suite("an interrupt ends an analysis")
struct CancellationTests {
  @Test("of the index, and of the chunks", arguments: [true, false])
  func interrupted(_ isIndex: Bool) async throws {
    let block = try InspectedBlock(at: "\(Fixtures.root)/\(Self.raw)")
    let work = Task {
      // Cancelled before it begins.
      while !Task.isCancelled { await Task.yield() }
      if isIndex { _ = try await IndexAnalysis(of: block) } else { _ = try await ChunkAnalysis(of: block, ChunkQuestion(by: ["__name__"])) }
    }
    work.cancel()
    await #expect(throws: CancellationError.self) { try await work.value }
  }

  private static let raw = "raw-float-and-histogram/01M81B088QDAD3JHFN4993ETCA"
}
