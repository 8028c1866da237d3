import Crypto
import Testing

@testable import Verification

@Suite("hashes of files that pass by side by side")
struct StreamedHashTests {
  private static func window(_ file: Int, _ number: Int, _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number &* 7 &+ file) }
  }

  private static func hash(of windows: [[UInt8]]) -> String {
    SHA256.hash(data: windows.flatMap(\.self)).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  @Test("every file has its own hash, however many there are and whatever sizes they come in", arguments: [1, 2, 3, 9])
  func sideBySide(files: Int) async {
    await withTaskGroup(of: Bool.self) { group in
      for file in 0..<files {
        group.addTask {
          // Some of a multiple of the hash's blocks, others not; the files end at different times.
          let windows = (0..<20 + 5 * file).map { Self.window(file, $0, $0 % 7 == 3 ? 1000 + file : 4096) }
          let hash = StreamedHash()
          for window in windows { await hash.add(window) }
          return await hash.finalize() == Self.hash(of: windows)
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }

  @Test("a file that stops coming keeps no other from its end", .timeLimit(.minutes(1)))
  func standstill() async {
    let silent = StreamedHash()
    await silent.add([1])
    let other = StreamedHash()
    for number in 0..<10 { await other.add(Self.window(0, number, 100)) }
    #expect(await other.finalize() == Self.hash(of: (0..<10).map { Self.window(0, $0, 100) }))
    #expect(await silent.finalize() == Self.hash(of: [[1]]))
  }

  @Test("a file that is given up leaves the others theirs", .timeLimit(.minutes(1)))
  func givenUp() async {
    await StreamedHash().add([1])
    let other = StreamedHash()
    await other.add([2])
    #expect(await other.finalize() == Self.hash(of: [[2]]))
  }

  @Test("of nothing it is the hash of nothing")
  func empty() async { #expect(await StreamedHash().finalize() == Self.hash(of: [])) }
}
