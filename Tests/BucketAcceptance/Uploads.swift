import ObjectStore
import Synchronization
import Testing

extension BucketAcceptance {
  static let uploadChecks = [
    Check(promise: "what is delivered adds up to the size, and so does what moved and what is sent") { bucket in
      for count in [0, 1, 300_000, 6 << 20] {
        let delivered = Atomic<UInt64>(0)
        let moved = Atomic<Int64>(0)
        let receipt = try await bucket.put(
          "object", .bytes(longPattern(count)),
          PutOptions(
            delivered: { delivered.add($0, ordering: .relaxed) }, moved: { moved.add($0, ordering: .relaxed) }))
        #expect(delivered.load(ordering: .relaxed) == UInt64(count))
        #expect(moved.load(ordering: .relaxed) == Int64(count))
        #expect(receipt.sent == UInt64(count))
        #expect(try await bucket.attributes(of: "object").size == UInt64(count))
      }
    },
    Check(promise: "what a receipt expects is what the store shows: the ETag, or the checksum of the whole object") { bucket in
      for count in [0, 1000, 6 << 20] {
        let content = ObjectContent.bytes(longPattern(count))
        let receipt = try await bucket.put("object", content, PutOptions())
        let expected = try await bucket.expectedETag(of: content)
        if expected != nil { #expect(receipt.etag == expected) }
        let attributes = try await bucket.attributes(of: "object")
        #expect(attributes.etag == receipt.etag)
        if let checksum = receipt.checksum { #expect(attributes.checksum == checksum) }
        // One of the two is there wherever a store can give any.
        #expect(receipt.expectedETag == expected || receipt.expectedETag == nil && receipt.checksum != nil)
      }
    },
    Check(promise: "what is not confirmed does not appear, and leaves what was there") { bucket in
      struct Refused: Error {}
      try await bucket.put("old", .bytes([1]))
      for count in [0, 10, 6 << 20] {
        for key in ["new", "old"] {
          let journal = MemoryJournal()
          await #expect(throws: Refused.self) {
            try await bucket.put(
              key, .bytes(longPattern(count)), PutOptions(journal: journal, confirm: { throw Refused() }))
          }
          #expect(await journal.unfinished() == nil)
        }
        #expect(try await bucket.keys() == ["old"])
        #expect(try await bucket.received("old") == [1])
      }
    },
    Check(promise: "confirmation is asked for once, when all was read and before the object is there") { bucket in
      for count in [10, 6 << 20] {
        let source = Source(longPattern(count))
        let asked = Atomic(0)
        try await bucket.put(
          "object\(count)", .source(source),
          PutOptions(confirm: {
            asked.add(1, ordering: .relaxed)
            #expect(source.ranges.last?.upperBound == UInt64(count))
            let isThere = try await bucket.exists("object\(count)")
            #expect(!isThere)
          }))
        #expect(asked.load(ordering: .relaxed) == 1)
        #expect(try await bucket.exists("object\(count)"))
      }
    },
    Check(promise: "what is fetched is put whole, each byte asked for once and in order") { bucket in
      let part = 5 << 20
      for count in [0, 1, 1 << 20, 1 << 20 + 1, part - 1, part, part + 1, 2 * part, 2 * part + 1, 5 * part + 7] {
        let source = Source(longPattern(count))
        let receipt = try await bucket.put("object", .source(source), PutOptions())
        #expect(try await bucket.received("object") == source.bytes, "\(count) bytes")
        #expect(receipt.sent == UInt64(count))
        #expect(source.ranges.first?.lowerBound ?? 0 == 0 && source.ranges.last?.upperBound ?? 0 == UInt64(count))
        for (range, next) in zip(source.ranges, source.ranges.dropFirst()) {
          #expect(range.upperBound == next.lowerBound, "\(count) bytes")
        }
      }
    },
    Check(promise: "a source that fails, or gives too little, leaves nothing") { bucket in
      struct Lost: Error {}
      let source = Source(longPattern(6 << 20), failingAt: 5 << 20) { throw Lost() }
      await #expect(throws: Lost.self) { try await bucket.put("object", .source(source)) }
      let short = Source(longPattern(6 << 20), failingAt: 5 << 20) { [1] }
      #expect(await code { try await bucket.put("object", .source(short)) } == .rejected)
      let keys = try await bucket.keys()
      #expect(keys.isEmpty)
    },
    Check(promise: "an upload that was cancelled half-way is taken up again and sends only the rest") { bucket in
      let bytes = longPattern(22 << 20)
      let journal = MemoryJournal()
      let cancel = Mutex<(@Sendable () -> Void)?>(nil)
      let (starts, start) = AsyncStream<Void>.makeStream()
      let upload = Task {
        for await _ in starts { break }
        // With the first piece, while others are on their way and some have not set out.
        let options = PutOptions(journal: journal, delivered: { _ in cancel.withLock { $0 }?() })
        return try await bucket.put("object", .bytes(bytes), options)
      }
      cancel.withLock { $0 = { upload.cancel() } }
      start.yield()
      await #expect(throws: CancellationError.self) { _ = try await upload.value }
      #expect(try await bucket.keys().isEmpty)
      let held = await journal.unfinished()?.parts.reduce(0) { $0 + $1.size } ?? 0
      let delivered = Atomic<UInt64>(0)
      let receipt = try await bucket.put(
        "object", .bytes(bytes),
        PutOptions(journal: journal, delivered: { delivered.add($0, ordering: .relaxed) }))
      // The store may hold more than it could say.
      #expect(receipt.sent <= UInt64(bytes.count) - held)
      #expect(delivered.load(ordering: .relaxed) == UInt64(bytes.count))
      if let expected = receipt.expectedETag { #expect(receipt.etag == expected) }
      if let checksum = receipt.checksum { #expect(try await bucket.attributes(of: "object").checksum == checksum) }
      #expect(await journal.unfinished() == nil)
      #expect(try await bucket.received("object") == bytes)
    },
    Check(promise: "abandoning what is not there does no harm") { bucket in
      try await bucket.put("object", .bytes([1]))
      for id in [nil, "0123456789abcdef0123456789abcdef"] as [String?] {
        let upload = UnfinishedUpload(id: id, begun: 1_700_000_000_000, partSize: 5 << 20, parts: [])
        try await bucket.abandon("object", upload)
        try await bucket.abandon("other", upload)
      }
      #expect(try await bucket.received("object") == [1])
    },
  ]

  /// Content that remembers what it was asked for.
  private final class Source: ContentSource {
    let bytes: [UInt8]
    private let limit: UInt64
    private let fail: @Sendable () throws -> [UInt8]
    private let asked = Mutex<[Range<UInt64>]>([])

    init(_ bytes: [UInt8], failingAt limit: UInt64 = .max, _ fail: @escaping @Sendable () throws -> [UInt8] = { [] }) {
      self.bytes = bytes
      self.limit = limit
      self.fail = fail
    }

    var size: UInt64 { UInt64(bytes.count) }
    /// In the order in which they were asked for.
    var ranges: [Range<UInt64>] { asked.withLock { $0 } }

    func read(_ range: Range<UInt64>) async throws -> [UInt8] {
      asked.withLock { $0.append(range) }
      await Task.yield()
      if range.contains(limit) { return try fail() }
      return Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
    }
  }
}

private let mebibyte = pattern(1 << 20)

/// Mebibytes of a pattern that differ from each other.
private func longPattern(_ count: Int) -> [UInt8] {
  var bytes: [UInt8] = []
  while bytes.count < count {
    let number = bytes.count >> 20
    bytes += mebibyte.prefix(count - bytes.count)
    bytes[bytes.count - 1] = UInt8(truncatingIfNeeded: number)
  }
  return bytes
}
