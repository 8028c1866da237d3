import Fixtures
import Platform
import Testing

@testable import ObjectStore

@Suite("ETags of content")
struct ContentETagTests {
  @Test("the form of an ETag tells how its object was written", arguments: [
    ("d41d8cd98f00b204e9800998ecf8427e", ContentETag.whole), ("D41D8CD98F00B204E9800998ECF8427E", .whole),
    ("d41d8cd98f00b204e9800998ecf8427e-1", .parts(1)), ("d41d8cd98f00b204e9800998ecf8427e-10000", .parts(10_000)),
    ("d41d8cd98f00b204e9800998ecf8427e-10001", nil), ("d41d8cd98f00b204e9800998ecf8427e-0", nil),
    ("d41d8cd98f00b204e9800998ecf8427e-", nil), ("d41d8cd98f00b204e9800998ecf8427e-1-2", nil), ("d41d8cd98f", nil),
    ("", nil), ("zz1d8cd98f00b204e9800998ecf8427e", nil), ("d41d8cd98f00b204e9800998ecf8427e--1", nil),
  ])
  func forms(_ etag: String, _ form: ContentETag?) { #expect(ContentETag(etag) == form) }

  private static let mebibyte: UInt64 = 1 << 20

  @Test("every part size that is tried gives the number of parts", arguments: [1, 2, 3, 7, 32, 103, 9999, 10_000])
  func fitting(_ count: Int) {
    for size in [1, 5, 16, 17, 64, 65, 512, 513, 5000, 700_000].map({ $0 * Self.mebibyte }) + [1, 99_999, 123_456_789] {
      for part in ContentETag.partSizes(of: size, in: count) { #expect((size - 1) / part + 1 == UInt64(count), "\(size)") }
    }
  }

  @Test("nothing to try where no part size gives the number")
  func impossible() {
    #expect(ContentETag.partSizes(of: 5, in: 4).isEmpty)
    #expect(ContentETag.partSizes(of: 10, in: 11).isEmpty)
  }

  struct Cut: Sendable {
    let size: UInt64
    let part: UInt64
  }

  @Test("the tools' part sizes are among those tried", arguments: [
    Cut(size: 512 << 20, part: 64 << 20), Cut(size: 40 << 20, part: 16 << 20), Cut(size: 512 << 20, part: 8 << 20),
    Cut(size: 512 << 20, part: 5 << 20), Cut(size: 512 << 20, part: 50 << 20), Cut(size: 512 << 20, part: 15 << 20),
    // The AWS CLI and rclone grow theirs with the object: to whole MiB.
    Cut(size: 200 << 30, part: 21 << 20), Cut(size: 100_001 << 20, part: 16 << 20),
  ])
  func tools(_ cut: Cut) {
    let count = Int((cut.size - 1) / cut.part + 1)
    #expect(ContentETag.partSizes(of: cut.size, in: count).contains(cut.part))
  }

  @Test("what is configured is tried first where it fits, and left out where it does not")
  func configured() {
    #expect(ContentETag.partSizes(of: 100 << 20, in: 2, likely: 60 << 20).first == 60 << 20)
    #expect(!ContentETag.partSizes(of: 100 << 20, in: 2, likely: 40 << 20).contains(40 << 20))
  }

  @Test("a file's ETag is that of an upload by hand", arguments: [nil, 5, 7, 100, 1000])
  func hashed(_ partSize: UInt64?) async throws {
    let folder = try TemporaryFolder()
    let bytes = (0..<100 as Range<UInt8>).map { $0 &* 31 }
    try AtomicFile.write(bytes, to: "\(folder.path)/file")
    let file = try OpenFile("\(folder.path)/file")
    let expected: String
    if let partSize {
      let parts = stride(from: 0, to: 100, by: Int(partSize)).map { PayloadDigest.md5(of: Array(bytes[$0..<min(100, $0 + Int(partSize))])) }
      expected = S3Multipart.etag(ofParts: parts)
    } else {
      expected = Hexadecimal.text(PayloadDigest.md5(of: bytes))
    }
    #expect(try await ContentETag.of(file, partSize: partSize) == expected)
  }

  @Test("an empty file")
  func empty() async throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write([], to: "\(folder.path)/file")
    let file = try OpenFile("\(folder.path)/file")
    #expect(try await ContentETag.of(file, partSize: nil) == "d41d8cd98f00b204e9800998ecf8427e")
    // As S3 gives it to an upload of a single part without a byte.
    #expect(try await ContentETag.of(file, partSize: 1) == "59adb24ef3cdbe0297f05b395827453f-1")
  }

  @Test("checksums of a file, as S3 writes them", arguments: [
    ("CRC32C", "4waSgw=="), ("CRC32", "y/Q5Jg=="), ("CRC64NVME", "rosUhgp5mIg="),
    ("SHA1", "98O8HYCOBHMq32eZZczDTKeuNEE="), ("SHA256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
  ])
  func checksums(_ algorithm: String, _ value: String) async throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write(Array("123456789".utf8), to: "\(folder.path)/file")
    let file = try OpenFile("\(folder.path)/file")
    #expect(try await ObjectChecksum.of(file, by: algorithm) == ObjectChecksum(algorithm: algorithm, value: value))
    #expect(try await ObjectChecksum.of(file, by: "MD5") == nil)
  }

  @Test("the CRC-32C of a large file, which is computed in regions, is that of the whole", arguments: [0, 1, 15, 16, 17, 50])
  func regions(_ mebibytes: Int) async throws {
    let folder = try TemporaryFolder()
    var bytes = [UInt8](repeating: 7, count: mebibytes << 20 + 3)
    for place in stride(from: 0, to: bytes.count, by: 100_003) { bytes[place] = UInt8(truncatingIfNeeded: place) }
    try AtomicFile.write(bytes, to: "\(folder.path)/file")
    let whole = unsafe CRC32C.checksum(bytes.span.bytes)
    let file = try OpenFile("\(folder.path)/file")
    #expect(try await ObjectChecksum.of(file, by: "CRC32C") == S3Checksums.checksum(whole))
  }
}
