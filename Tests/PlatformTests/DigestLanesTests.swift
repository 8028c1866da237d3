import Crypto
import Fixtures
import Glibc
import Testing

@testable import Platform

@Suite("Digests in lanes")
struct DigestLanesTests {
  static let kernels = MD5Variant.allCases.map(DigestKernel.md5).filter { $0.lanes > 0 } + sha256
  /// On a machine that has the instructions.
  static let sha256 = [DigestKernel.sha256].filter { $0.lanes > 0 }

  private static func text(_ digest: [UInt8]) -> String {
    digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  /// As another implementation computes it.
  private static func expected(_ bytes: [UInt8], _ kernel: DigestKernel = .md5(.best)) -> [UInt8] {
    kernel == .sha256 ? Array(SHA256.hash(data: bytes)) : Array(Insecure.MD5.hash(data: bytes))
  }

  /// All at once: a lane that gets free takes the next one.
  private func digests(of contents: [[UInt8]], _ kernel: DigestKernel, window: Int) throws -> [[UInt8]] {
    var lanes = DigestLanes(kernel, window: window)
    var owners = [Int?](repeating: nil, count: lanes.count)
    var found = [[UInt8]](repeating: [], count: contents.count)
    var next = 0
    while next < contents.count || owners.contains(where: { $0 != nil }) {
      for lane in owners.indices {
        if owners[lane] == nil, next < contents.count {
          owners[lane] = next
          lanes.start(.bytes(contents[next]), in: lane)
          next += 1
        }
        try lanes.fill(lane)
      }
      lanes.advance()
      for lane in owners.indices {
        if let owner = owners[lane], let digest = lanes.finish(lane) {
          found[owner] = digest
          owners[lane] = nil
        }
      }
    }
    return found
  }

  @Test("the machine has at least the two variants that need nothing of it, and none has more than 16 lanes")
  func machine() {
    #expect(Self.kernels.contains(.md5(.plain)))
    #expect(Self.kernels.contains(.md5(.best)))
    #expect(Self.kernels.allSatisfy { $0.lanes <= 16 })
    #if arch(x86_64) || arch(arm64)
      #expect(Self.kernels.contains(.md5(.vectors128)))
    #endif
  }

  @Test("the test suite of RFC 1321, all of it at once", arguments: kernels.filter { $0 != .sha256 })
  func vectors(_ kernel: DigestKernel) throws {
    let suite = [
      ("", "d41d8cd98f00b204e9800998ecf8427e"),
      ("a", "0cc175b9c0f1b6a831c399e269772661"),
      ("abc", "900150983cd24fb0d6963f7d28e17f72"),
      ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
      ("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
      (
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"
      ),
      (String(repeating: "1234567890", count: 8), "57edf4a22be3c955ac49da2e2107b67a"),
    ]
    let found = try digests(of: suite.map { Array($0.0.utf8) }, kernel, window: 64)
    #expect(found.map(Self.text) == suite.map(\.1))
  }

  @Test("examples of FIPS 180-2, both at once", arguments: sha256)
  func examples(_ kernel: DigestKernel) throws {
    let contents = ["abc", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"]
    let found = try digests(of: contents.map { Array($0.utf8) }, kernel, window: 64)
    #expect(
      found.map(Self.text) == [
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
      ])
  }

  @Test("every length, in lanes that are at different places of their contents", arguments: kernels)
  func lengths(_ kernel: DigestKernel) throws {
    var random = SeededRandom(seed: 1321)
    var contents = (Array(0...300) + [4095, 4096, 4097, 8191, 8192, 8193, 10_000]).map { length in
      (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
    }
    contents.shuffle(using: &random)
    for window in [64, 128, 4096] {
      let found = try digests(of: contents, kernel, window: window)
      for (digest, bytes) in zip(found, contents) {
        #expect(digest == Self.expected(bytes, kernel), "\(bytes.count) bytes, window \(window)")
      }
    }
  }

  @Test("any number of lanes at work, one of them alone included", arguments: kernels)
  func partlyFilled(_ kernel: DigestKernel) throws {
    for count in 1...kernel.lanes + 1 {
      let contents = (0..<count).map { number in
        (0..<500 + 100 * number).map { UInt8(truncatingIfNeeded: $0 &* (number + 3)) }
      }
      let found = try digests(of: contents, kernel, window: 128)
      #expect(found == contents.map { Self.expected($0, kernel) }, "\(count) at once")
    }
  }

  @Test("many callers at a time, of regions of a file and of bytes", arguments: kernels)
  func callers(_ kernel: DigestKernel) async throws {
    let folder = try TemporaryFolder()
    var random = SeededRandom(seed: 7)
    let content = (0..<200_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    try AtomicFile.write(content, to: folder.path + "/file")
    let file = try OpenFile(folder.path + "/file")
    let digests = ParallelDigest(threads: 2, kernel)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<100 {
        let start = Int.random(in: 0..<100_000, using: &random)
        let part = start..<start + Int.random(in: 0...100_000, using: &random)
        group.addTask {
          let found =
            number.isMultiple(of: 3)
            ? try await digests.digest(of: Array(content[part]))
            : try await digests.digest(of: file, UInt64(part.lowerBound)..<UInt64(part.upperBound))
          #expect(found == Self.expected(Array(content[part]), kernel), "\(part)")
        }
      }
      try await group.waitForAll()
    }
    // The threads have gone to sleep and wake up again.
    #expect(try await digests.digest(of: content) == Self.expected(content, kernel))
  }

  @Test("without a thread the caller's does it")
  func noThread() async throws {
    let bytes = [UInt8](repeating: 3, count: 100_000)
    #expect(try await ParallelDigest(threads: 0, .md5(.best)).digest(of: bytes) == Self.expected(bytes))
  }

  @Test("a file that has become shorter is the error of the caller who reads there, and of nobody else")
  func shortened() async throws {
    let folder = try TemporaryFolder()
    let content = [UInt8](repeating: 5, count: 300_000)
    for name in ["kept", "cut"] { try AtomicFile.write(content, to: "\(folder.path)/\(name)") }
    let kept = try OpenFile(folder.path + "/kept")
    let cut = try OpenFile(folder.path + "/cut")
    #expect(unsafe truncate(folder.path + "/cut", 100_000) == 0)
    let digests = ParallelDigest(threads: 1, .md5(.best))
    async let failing = digests.digest(of: cut, 0..<300_000)
    async let whole = digests.digest(of: kept, 0..<300_000)
    async let front = digests.digest(of: cut, 0..<100_000)
    #expect(try await whole == Self.expected(content))
    #expect(try await front == Self.expected(Array(content[..<100_000])))
    do {
      _ = try await failing
      Issue.record("a shortened file got a digest")
    } catch let error as FileError {
      #expect(error.code == .endOfFile)
      #expect(error.path == folder.path + "/cut")
    }
  }

  @Test("a task that is cancelled gets no digest, and the others theirs")
  func cancelled() async throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write([1], to: folder.path + "/large")
    // Sparse: it would take minutes.
    #expect(unsafe truncate(folder.path + "/large", 64 << 30) == 0)
    let file = try OpenFile(folder.path + "/large")
    let digests = ParallelDigest(threads: 1, .md5(.best))
    let task = Task { try await digests.digest(of: file, 0..<file.size) }
    #expect(try await digests.digest(of: [1, 2, 3]) == Self.expected([1, 2, 3]))
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try await digests.digest(of: [4]) == Self.expected([4]))
  }
}
