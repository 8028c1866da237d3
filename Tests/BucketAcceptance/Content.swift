import ObjectStore
import Platform
import Testing

extension BucketAcceptance {
  static let contentChecks = [
    Check(promise: "what was put comes back, byte for byte") { bucket in
      let bytes = pattern(300_000)
      try await bucket.put("folder/object", .bytes(bytes))
      #expect(try await bucket.received("folder/object") == bytes)
      #expect(try await bucket.attributes(of: "folder/object").size == 300_000)
    },
    Check(promise: "an empty object is an object") { bucket in
      try await bucket.put("empty", .bytes([]))
      #expect(try await bucket.received("empty").isEmpty)
      #expect(try await bucket.read("empty", limit: 10).isEmpty)
      #expect(try await bucket.attributes(of: "empty").size == 0)
      #expect(try await bucket.exists("empty"))
      let listed = try await bucket.list(prefix: "", style: .recursive).objects
      #expect(listed.map(\.key) == ["empty"] && listed.map(\.attributes.size) == [0])
    },
    Check(promise: "a put replaces what was there, longer or shorter") { bucket in
      for (seed, count) in [(1, 1000), (2, 2000), (3, 10), (4, 0)] as [(UInt64, Int)] {
        let bytes = pattern(count, seed: seed)
        try await bucket.put("object", .bytes(bytes))
        #expect(try await bucket.received("object") == bytes)
        #expect(try await bucket.list(prefix: "", style: .recursive).objects.map(\.attributes.size) == [UInt64(count)])
      }
    },
    Check(promise: "a region of a file is put, and nothing around it") { bucket in
      let bytes = pattern(3_000_001)
      let path = "/tmp/blockhaul-acceptance-\(UInt64.random(in: 0...UInt64.max))"
      try AtomicFile.write(bytes, to: path)
      let file = try OpenFile(path)
      // The name is not needed any more, as with a block that retention takes away during its upload.
      try Directory.removeFile(path)
      try await bucket.put("whole", .file(file))
      #expect(try await bucket.received("whole") == bytes)
      try await bucket.put("part", .file(file, 1_000...2_500_000 as ClosedRange<UInt64>))
      #expect(try await bucket.received("part") == Array(bytes[1_000...2_500_000]))
      try await bucket.put("none", .file(file, 77..<77))
      #expect(try await bucket.received("none").isEmpty)
    },
    Check(promise: "ranges give what is there of them") { bucket in
      let bytes = pattern(2_500_000)
      try await bucket.put("object", .bytes(bytes))
      let ranges: [Range<UInt64>] = [
        0..<1, 0..<2_500_000, 0..<2_500_001, 0..<UInt64.max, 1..<2, 2_499_999..<2_500_000, 2_499_999..<9_000_000,
        1_048_575..<1_048_577, 1_048_576..<2_097_152, 500_000..<2_400_001, 0..<0, 17..<17,
        2_500_000..<2_500_000, 2_500_000..<2_500_001, 3_000_000..<4_000_000,
      ]
      for range in ranges {
        let lower = Int(min(range.lowerBound, 2_500_000))
        let upper = Int(min(range.upperBound, 2_500_000))
        #expect(try await bucket.received("object", range: range) == Array(bytes[lower..<upper]), "\(range)")
      }
    },
    Check(promise: "get tells the whole object's size, also of a range") { bucket in
      try await bucket.put("object", .bytes(pattern(5_000)))
      #expect(try await bucket.get("object", range: nil) { _ in }.size == 5_000)
      #expect(try await bucket.get("object", range: 10..<20) { _ in }.size == 5_000)
    },
    Check(promise: "the time of an object is that of its put") { bucket in
      try await bucket.put("object", .bytes([1]))
      let modified = try #require(try await bucket.attributes(of: "object").modified)
      let listed = try #require(try await bucket.list(prefix: "", style: .recursive).objects.first?.attributes.modified)
      // Clocks of stores are their own, and some of them tell whole seconds only.
      #expect(abs(modified - listed) <= 1_000)
      #expect(modified > 1_700_000_000_000 && modified < 4_000_000_000_000)
    },
    Check(promise: "a small object is read whole, a larger one refused") { bucket in
      try await bucket.put("object", .bytes(pattern(100)))
      #expect(try await bucket.read("object", limit: 100) == pattern(100))
      #expect(await code { _ = try await bucket.read("object", limit: 99) } == .tooLarge)
    },
  ]
}

extension ObjectContent {
  fileprivate static func file(_ file: OpenFile, _ range: ClosedRange<UInt64>) -> ObjectContent {
    .file(file, Range(range))
  }
}
