import Archive
import Fixtures
import Platform
import Testing

@Suite("hostile archives")
struct HostileArchiveTests {
  static func code(_ bytes: [UInt8], limit: UInt64? = nil) throws -> ArchiveError.Code? {
    let archive = try archive(bytes)
    do {
      _ = try contents(of: archive, limit: limit)
      return nil
    } catch let error as ArchiveError {
      #expect(error.file == archive.path && "\(error)".hasPrefix("\(archive.path): offset \(error.offset)"))
      return error.code
    }
  }

  @Test("cut off anywhere it is never taken for whole", arguments: Packing.allCases)
  func truncated(packing: Packing) throws {
    let bytes = packing.pack(TarReaderTests.tar)
    // The end mark is 1024 bytes of zeros, of which a plain tar may lose the last 512 and still has one.
    let last = packing == .plain ? bytes.count - 1024 : bytes.count - 1
    let points = Array(stride(from: 1, to: last, by: max(1, last / 150))) + [last, last - 1]
    for point in points {
      let code = try Self.code(Array(bytes[..<point]))
      #expect(
        code == .truncated || point < 512 && code == .notAnArchive, "cut at \(point): \(String(describing: code))")
    }
  }

  @Test("a flipped bit is an error, or changes nothing that was packed", arguments: [Packing.gzip, .zstd])
  func corrupt(packing: Packing) throws {
    let bytes = packing.pack(TarReaderTests.tar)
    var errors = 0
    for place in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 300)) {
      var damaged = bytes
      damaged[place] ^= 1 << UInt8(place % 8)
      let archive = try archive(damaged)
      do {
        // The header of gzip has fields that nothing depends on.
        #expect(try contents(of: archive) == TarReaderTests.expected, "flipped at \(place)")
      } catch is ArchiveError {
        errors += 1
      }
    }
    #expect(errors > 250)
  }

  @Test("flipped bits in a tar's headers are errors")
  func corruptHeader() throws {
    // But for the byte behind the checksum, which means nothing.
    for place in 0..<512 where place != 155 {
      var damaged = TarReaderTests.tar
      damaged[1024 + place] ^= 0x04
      #expect(try Self.code(damaged) == .malformed, "flipped at \(1024 + place)")
    }
  }

  @Test("headers full of chance, with a right checksum, are read or refused, and never trap")
  func chance() throws {
    var random = SeededRandom(seed: 20_240_229)
    var refused = 0
    for _ in 0..<1500 {
      var bytes = TarReaderTests.tar
      // The headers of `data/one` and `data/empty`.
      let start = [0, 1024].randomElement(using: &random) ?? 0
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let places = [0..<100, 124..<136, 156..<157, 157..<263, 345..<500]
        let place = Int.random(in: places.randomElement(using: &random) ?? 0..<1, using: &random)
        let type = "01234567LKxgSVM".utf8.randomElement(using: &random) ?? 0
        bytes[start + place] = place == 156 ? type : UInt8.random(in: 0...255, using: &random)
      }
      for place in 148..<156 { bytes[start + place] = UInt8(ascii: " ") }
      let sum = String(bytes[start..<start + 512].reduce(0) { $0 + Int($1) }, radix: 8)
      for (place, digit) in sum.utf8.enumerated() { bytes[start + 148 + place] = digit }
      if try Self.code(bytes, limit: 1 << 22) != nil { refused += 1 }
    }
    #expect(refused > 100 && refused < 1500)
  }

  @Test("more than the bound is not unpacked", arguments: [Packing.gzip, .zstd])
  func bomb(packing: Packing) throws {
    let bytes = packing.pack(TarBuilder.tar([("zeros", [UInt8](repeating: 0, count: 30 << 20))]))
    #expect(bytes.count < 100_000)
    #expect(try Self.code(bytes, limit: 1 << 20) == .tooLarge)
    #expect(try Self.code(bytes, limit: 32 << 20) == nil)
  }

  @Test("what a header says of sizes allocates nothing and leads nowhere")
  func sizes() throws {
    func code(_ make: (inout TarBuilder) -> Void) throws -> ArchiveError.Code? {
      var builder = TarBuilder()
      builder.add("first", [1])
      make(&builder)
      builder.end()
      return try Self.code(builder.bytes)
    }
    let (huge, negative) = (
      [0x80, 0, 0, 0, 0x7F] + [UInt8](repeating: 0xFF, count: 7), [UInt8](repeating: 0xFF, count: 12)
    )
    #expect(try code { $0.add("a", size: huge) } == .truncated)
    #expect(try code { $0.add("a", type: "L", size: huge) } == .tooLarge)
    #expect(try code { $0.add("a", type: "x", size: Array("77777777777".utf8)) } == .tooLarge)
    #expect(try code { $0.add("a", type: "g", size: huge) } == .truncated)
    #expect(try code { $0.add("a", size: negative) } == .malformed)
    #expect(try code { $0.add("a", size: [0x80] + [UInt8](repeating: 0xFF, count: 11)) } == .malformed)
    #expect(try code { $0.add("a", size: Array("0000000009x".utf8)) } == .malformed)
    #expect(try code { $0.add("a", sum: 1) } == .malformed)
    for records in [
      "5 a=b", "6 a=b\n!", "999 a=b\n", "-1 a=b\n", "4 ab\n", "99999999999999999999 a=b\n", "11 size=-1\n", "1 ",
    ] {
      #expect(try code { $0.add("p", Array(records.utf8), type: "x") } == .malformed, "\(records)")
    }
  }

  @Test("a zstd window past the bound is refused before it is allocated")
  func window() throws {
    // A frame header that asks for 2 GiB, and an empty last block.
    #expect(try Self.code([0x28, 0xB5, 0x2F, 0xFD, 0, 21 << 3, 1, 0, 0]) == .tooLarge)
  }

  @Test(
    "what is no archive is named",
    arguments: [
      ([], "the file is empty"), (Array("hello".utf8), "neither a tar nor"),
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "xz is not supported"),
      (Array("BZh9".utf8), "bzip2 is not supported"), ([0x50, 0x4B, 3, 4], "zip is not supported"),
      ([UInt8](repeating: 1, count: 4096), "neither a tar nor"),
    ] as [([UInt8], String)])
  func noArchive(bytes: [UInt8], words: String) throws {
    let archive = try archive(bytes)
    let error = #expect(throws: ArchiveError.self) { try contents(of: archive) }
    #expect(error?.code == .notAnArchive && error?.reason.contains(words) == true)
  }

  @Test("rubbish behind the last member is an error", arguments: [Packing.gzip, .zstd])
  func trailing(packing: Packing) throws {
    #expect(try Self.code(packing.pack(TarReaderTests.tar) + [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) == .corrupt)
  }

  @Test("whoever reads can give up")
  func cancelled() throws {
    struct Enough: Error {}
    let reader = try TarReader(archive(Packing.gzip.pack(TarReaderTests.tar)))
    #expect(throws: Enough.self) { _ = try reader.next(check: { throw Enough() }) }
  }
}
