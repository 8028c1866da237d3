import Crypto
import Fixtures
import Testing

@testable import Platform

@Suite("SHA-256 of one and of two streams", .enabled(if: SHA256Stream.isAvailable))
struct SHA256StreamTests {
  private static let content: [UInt8] = {
    var random = SeededRandom(seed: 256)
    return (0..<20_000).map { _ in UInt8.random(in: 0...255, using: &random) }
  }()

  private static func expected(_ bytes: ArraySlice<UInt8>) -> [UInt8] { Array(SHA256.hash(data: Array(bytes))) }

  @Test("every length, in one piece")
  func lengths() throws {
    for length in Array(0...260) + [4095, 4096, 4097, 20_000] {
      var stream = try #require(SHA256Stream())
      stream.update(unsafe Self.content.span.bytes.extracting(0..<length))
      #expect(stream.finalize() == Self.expected(Self.content[..<length]), "\(length) bytes")
    }
  }

  @Test("pieces of any length", arguments: [1, 3, 63, 64, 65, 100, 4096])
  func pieces(_ size: Int) throws {
    var stream = try #require(SHA256Stream())
    for start in stride(from: 0, to: Self.content.count, by: size) {
      stream.update(unsafe Self.content.span.bytes.extracting(start..<min(start + size, Self.content.count)))
    }
    #expect(stream.finalize() == Self.expected(Self.content[...]))
  }

  @Test("two together give what each gives alone, whatever pieces they come in")
  func pairs() throws {
    var random = SeededRandom(seed: 64)
    for _ in 0..<300 {
      var (first, second) = (try #require(SHA256Stream()), try #require(SHA256Stream()))
      var (one, other) = (0, 0)
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let unit = Bool.random(using: &random) ? 64 : 1
        let more = unit * Int.random(in: 0...1500 / unit, using: &random)
        let others = unit * Int.random(in: 0...1500 / unit, using: &random)
        SHA256Stream.update(
          &first, with: unsafe Self.content.span.bytes.extracting(one..<one + more),
          &second, with: unsafe Self.content.span.bytes.extracting(other..<other + others))
        one += more
        other += others
      }
      #expect(first.finalize() == Self.expected(Self.content[..<one]))
      #expect(second.finalize() == Self.expected(Self.content[..<other]))
    }
  }
}
