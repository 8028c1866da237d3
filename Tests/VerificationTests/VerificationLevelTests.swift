import Testing
import Verification

@Suite("levels of verification")
struct VerificationLevelTests {
  @Test("each level contains those before it")
  func order() {
    #expect(VerificationLevel.allCases.sorted() == [.presence, .checksum, .index, .full])
    #expect(VerificationLevel.checksum < .index)
  }
}
