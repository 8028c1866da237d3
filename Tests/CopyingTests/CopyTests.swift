import Console
import Copying
import Delivery
import ObjectStore
import Platform
import TSDB
import Testing
import Thanos

@Suite("copy")
struct CopyTests {
  private let raw = Blocks.downsampled[0]

  @Test("blocks of every resolution arrive byte for byte, meta.json last, and run again nothing is written")
  func everything() async throws {
    let copy = try TestCopy(try await Blocks.plain())
    #expect(try await copy.run() == Blocks.downsampled.map { "\($0) copied" })
    #expect(try await copy.destination.contents() == copy.source.contents())
    let metas = copy.destination.puts.filter { $0.hasSuffix("meta.json") }
    #expect(metas == Blocks.downsampled.map { "\($0)/meta.json" })
    for ulid in Blocks.downsampled {
      #expect(copy.destination.puts.last { $0.hasPrefix(ulid) } == "\(ulid)/meta.json")
    }
    copy.destination.forgetPuts()
    #expect(try await copy.run() == Blocks.downsampled.map { "\($0) already there" })
    #expect(copy.destination.puts.isEmpty && copy.source.puts.isEmpty)
  }

  @Test("an object that is not what meta.json says never comes to be there; its block fails and the others go on")
  func corruptByHash() async throws {
    let copy = try TestCopy(try await Blocks.withHashes())
    let bad = "\(Blocks.hashed[1])/chunks/000001"
    copy.source.behaviour.gives = { key, bytes in
      guard key == bad, !bytes.isEmpty else { return bytes }
      var bytes = bytes
      bytes[bytes.count / 2] ^= 1
      return bytes
    }
    let outcomes = try await copy.run()
    #expect(outcomes[0] == "\(Blocks.hashed[0]) copied" && outcomes[2] == "\(Blocks.hashed[2]) copied")
    #expect(outcomes[1].contains("failed: ") && outcomes[1].contains(bad) && outcomes[1].contains("SHA-256"), "\(outcomes)")
    let there = try await copy.destination.contents()
    #expect(there[bad] == nil && there["\(Blocks.hashed[1])/meta.json"] == nil)
    copy.source.behaviour.gives = { $1 }
    #expect(try await copy.run()[1] == "\(Blocks.hashed[1]) copied")
    #expect(try await copy.destination.contents() == copy.source.contents())
  }

  @Test("without hashes an ETag is taken for the content's MD5 where meta.json's is, and nowhere else", arguments: ["", "f"])
  func corruptByETag(front: String) async throws {
    let copy = try TestCopy(try await Blocks.plain())
    // With a digit in front it is not 32 long, and with the others a store's that encrypts.
    copy.source.behaviour.etags = front
    let bad = "\(raw)/index"
    copy.source.behaviour.gives = { key, bytes in key == bad ? bytes.map { $0 ^ 1 } : bytes }
    let outcomes = try await copy.run()
    if front.isEmpty {
      #expect(outcomes[0].contains("failed: ") && outcomes[0].contains("MD5"), "\(outcomes)")
      #expect(try await copy.destination.contents()[bad] == nil)
    } else {
      #expect(outcomes[0] == "\(raw) copied")
    }
    #expect(outcomes[1] == "\(Blocks.downsampled[1]) copied")
  }

  @Test("an object that changes in the source while it is copied fails its block")
  func changing() async throws {
    let source = try await Blocks.plain()
    // Larger than what is fetched at once.
    try await source.base.put("\(raw)/chunks/000002", .bytes([UInt8](repeating: 7, count: 20 << 20)))
    source.behaviour.etags = ""
    source.behaviour.beforeGet = { key, range in
      guard key.hasSuffix("000002"), let range, range.lowerBound > 0 else { return }
      try await source.base.put(key, .bytes([UInt8](repeating: 8, count: 20 << 20)))
    }
    let copy = try TestCopy(source)
    let outcomes = try await copy.run()
    #expect(outcomes[0].contains("failed: ") && outcomes[0].contains("it changed in the source"), "\(outcomes)")
    #expect(try await copy.destination.contents()["\(raw)/chunks/000002"] == nil)
    #expect(outcomes[2].hasSuffix("copied"))
  }

  @Test("an object that the source does not give fails its block, and the others go on", arguments: [
    BucketError.Code.accessDenied, .rejected,
  ])
  func unreadableObject(_ code: BucketError.Code) async throws {
    let source = try await Blocks.plain()
    let (key, place) = ("\(raw)/chunks/000001", source.location)
    source.behaviour.beforeGet = { asked, _ in
      if asked == key { throw BucketError(code, key: key, in: place, "archived") }
    }
    let outcomes = try await TestCopy(source).run()
    #expect(outcomes[0].contains("failed: ") && outcomes[0].contains("archived"), "\(outcomes)")
    #expect(outcomes[1].hasSuffix("copied") && outcomes[2].hasSuffix("copied"), "\(outcomes)")
  }

  @Test("a source that gives nothing any more, or a destination that takes nothing, ends the run", arguments: [
    (BucketError.Code.unavailable, true), (.unreachable, true), (.badCredentials, true), (.bucketNotFound, true),
    (.accessDenied, false), (.noSpace, false), (.unavailable, false),
  ])
  func givenUp(_ code: BucketError.Code, isSource: Bool) async throws {
    let copy = try TestCopy(try await Blocks.plain())
    let (from, to) = (copy.source.location, copy.destination.location)
    let (first, chunks) = (raw, "/chunks/000001")
    if isSource {
      copy.source.behaviour.beforeGet = { key, _ in
        guard key.hasSuffix(chunks) else { return }
        if key.hasPrefix(first) { throw BucketError(code, key: key, in: from, "no") }
        try await Task.sleep(for: .seconds(60))
      }
    } else {
      copy.destination.behaviour.beforePut = { key in
        if key.hasPrefix(first) { throw BucketError(code, key: key, in: to, "no") }
        try await Task.sleep(for: .seconds(60))
      }
    }
    let outcomes = try await copy.run()
    #expect(outcomes[0].contains("failed: "), "\(outcomes)")
    #expect(outcomes[1].hasSuffix("not sent") && outcomes[2].hasSuffix("not sent"), "\(outcomes)")
  }

  @Test("a block that disappears from the source while it is copied says so")
  func vanishing() async throws {
    let source = try await Blocks.plain()
    let key = "\(raw)/index"
    source.behaviour.beforeGet = { if $0 == key, $1 != nil { try await source.base.delete(key) } }
    let outcomes = try await TestCopy(source).run()
    #expect(outcomes[0].contains("disappeared from the source"), "\(outcomes)")
    #expect(outcomes[1].hasSuffix("copied"))
  }

  @Test("marks that protect a block go with it before its meta.json, unknown objects too, a folder's placeholder not")
  func marks() async throws {
    let source = try await Blocks.plain()
    try await source.write("{}", to: "\(raw)/no-compact-mark.json")
    try await source.write("{}", to: "\(raw)/no-downsample-mark.json")
    try await source.write("x", to: "\(raw)/debug/notes")
    source.behaviour.lists = [
      ListedObject(key: "\(raw)/chunks/", attributes: ObjectAttributes(size: 0, modified: nil, etag: nil))
    ]
    let copy = try TestCopy(source)
    #expect(try await copy.run()[0] == "\(raw) copied")
    #expect(try await copy.destination.contents() == source.contents())
    #expect(copy.destination.puts.last { $0.hasPrefix(raw) } == "\(raw)/meta.json")
    // The destination's marks are its own affair from then on.
    try await copy.destination.delete("\(raw)/no-compact-mark.json")
    #expect(try await copy.run()[0] == "\(raw) already there")
  }

  @Test("together: no meta.json before the data of all blocks, and none at all if one run is interrupted before")
  func together() async throws {
    var copy = try TestCopy(try await Blocks.plain())
    copy.options.delivery.publishing = .together
    #expect(try await copy.run() == Blocks.downsampled.map { "\($0) copied" })
    #expect(copy.destination.puts.suffix(3) == Blocks.downsampled.map { "\($0)/meta.json" }[...])
  }

  @Test("a run that is cancelled is completed by the next one, which sends nothing twice", arguments: [1, 3, 5])
  func cancelled(after count: Int) async throws {
    let copy = try TestCopy(try await Blocks.withHashes())
    let destination = copy.destination
    let task = Task { try await copy.run() }
    destination.behaviour.beforePut = { key in
      if destination.puts.count >= count {
        task.cancel()
        // A meta.json that is under way is waited for.
        try await Task.sleep(for: key.hasSuffix("meta.json") ? .milliseconds(20) : .seconds(60))
      }
    }
    let first = try await task.value
    #expect(first.contains { $0.hasSuffix("interrupted") }, "\(first)")
    let arrived = Set(destination.puts)
    for (key, content) in try await destination.contents() {
      #expect(try await copy.source.base.read(key, limit: 1 << 30) == content)
    }
    destination.behaviour.beforePut = { _ in }
    destination.forgetPuts()
    let second = try await copy.run()
    #expect(second.allSatisfy { $0.hasSuffix("copied") || $0.hasSuffix("already there") }, "\(second)")
    #expect(arrived.isDisjoint(with: destination.puts))
    #expect(try await destination.contents() == copy.source.contents())
  }

  @Test("an object of unknown hash that an earlier run brought is not sent again")
  func resumedWithoutHashes() async throws {
    let copy = try TestCopy(try await Blocks.plain())
    let destination = copy.destination
    destination.behaviour.beforePut = { key in
      guard key.hasSuffix("index") else { return }
      // The failure of one object stops the others of its block.
      while !destination.puts.contains(key.replacing("index", with: "chunks/000001")) {
        try await Task.sleep(for: .milliseconds(1))
      }
      throw BucketError(.rejected, key: key, in: "", "told to refuse")
    }
    #expect(try await copy.run().allSatisfy { $0.contains("told to refuse") })
    let arrived = copy.destination.puts
    #expect(arrived.count == 3)
    copy.destination.behaviour.beforePut = { _ in }
    copy.destination.forgetPuts()
    #expect(try await copy.run() == Blocks.downsampled.map { "\($0) copied" })
    #expect(Set(arrived).isDisjoint(with: copy.destination.puts))
    #expect(try await copy.destination.contents() == copy.source.contents())
  }

  @Test("source and destination that are the same are refused")
  func same() throws {
    let bucket = try TestBucket()
    let refused = #expect(throws: SameBucket.self) { try BucketCopy(from: bucket, to: bucket, logger: silent) }
    #expect(refused?.exitStatus == .usage)
  }

  @Test("with --verify-after what was damaged on its way into the store is not published")
  func verifyAfter() async throws {
    var copy = try TestCopy(try await Blocks.plain())
    copy.options.delivery.verifiesAfter = true
    let bad = "\(raw)/chunks/000001"
    copy.destination.behaviour.gives = { key, bytes in key == bad ? bytes.map { $0 ^ 1 } : bytes }
    let outcomes = try await copy.run()
    #expect(outcomes[0].contains("failed: \(bad)"), "\(outcomes)")
    #expect(try await copy.destination.contents()["\(raw)/meta.json"] == nil)
    #expect(outcomes[1].hasSuffix("copied") && outcomes[2].hasSuffix("copied"))
  }
}
