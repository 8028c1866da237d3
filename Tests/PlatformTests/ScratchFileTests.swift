import Glibc
@testable import Platform
import Testing

@Suite("Scratch files and the environment")
struct ScratchFileTests {
  @Test("what was appended is mapped, in order, and stays when the file is given up")
  func appended() throws {
    var file: ScratchFile? = try ScratchFile()
    #expect(try file?.map(named: "none").count == 0)
    for part in 0..<10 { try file?.append([UInt8](repeating: UInt8(part), count: 100_000)) }
    let bytes = try #require(try file?.map(named: "ten parts"))
    file = nil
    #expect(bytes.name == "ten parts" && bytes.count == 1_000_000)
    for part in 0..<10 {
      let first = unsafe bytes.bytes.unsafeLoad(fromByteOffset: part * 100_000, as: UInt8.self)
      let last = unsafe bytes.bytes.unsafeLoad(fromByteOffset: part * 100_000 + 99_999, as: UInt8.self)
      #expect(first == UInt8(part) && last == UInt8(part))
    }
  }

  @Test("variables come with all of their value")
  func variables() {
    #expect(unsafe setenv("BLOCKHAUL_TEST_VARIABLE", "\u{301}a=b=", 1) == 0)
    defer { unsafe unsetenv("BLOCKHAUL_TEST_VARIABLE") }
    #expect(Environment.all["BLOCKHAUL_TEST_VARIABLE"] == "\u{301}a=b=")
    #expect(Environment.all["PATH"]?.isEmpty == false)
  }
}
