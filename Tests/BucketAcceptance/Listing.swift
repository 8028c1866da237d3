import ObjectStore
import Testing

extension BucketAcceptance {
  static let listingChecks = [
    Check(promise: "an empty bucket lists nothing") { bucket in
      for style in [ListingStyle.recursive, .delimited] {
        let page = try await bucket.listPage(prefix: "", style: style, after: nil)
        #expect(page.objects.isEmpty && page.folders.isEmpty && page.next == nil)
      }
    },
    Check(promise: "keys come in the order of their bytes", dependingOnStore: { bucket, store in
      // Not the order in which folders are walked: '-' and '.' come before '/', digits after it.
      let keys = ["a-b", "a.b", "a/b", "a/b-c", "a/c", "a0", "aa/a", "b", "é", "日"]
      try await bucket.put(keys.shuffled())
      let listed = try await bucket.keys()
      #expect(store.listsByBytes ? listed == keys : Set(listed) == Set(keys) && listed.count == keys.count)
    }),
    Check(promise: "a prefix is the beginning of keys, not a folder") { bucket in
      try await bucket.put(["a", "ab/c", "ab/d/e", "abc", "b/a"])
      #expect(try await bucket.keys("a") == ["a", "ab/c", "ab/d/e", "abc"])
      #expect(try await bucket.keys("ab") == ["ab/c", "ab/d/e", "abc"])
      #expect(try await bucket.keys("ab/") == ["ab/c", "ab/d/e"])
      #expect(try await bucket.keys("ab/d") == ["ab/d/e"])
      #expect(try await bucket.keys("ab/c") == ["ab/c"])
      #expect(try await bucket.keys("ab/cc").isEmpty)
      #expect(try await bucket.keys("x").isEmpty)
      #expect(try await bucket.keys("x/y/").isEmpty)
    },
    Check(promise: "a delimited listing folds what lies deeper") { bucket in
      try await bucket.put([
        "block1/chunks/000001", "block1/index", "block1/meta.json", "block2/meta.json", "debug.json",
      ])
      let root = try await bucket.list(prefix: "", style: .delimited)
      #expect(root.objects.map(\.key) == ["debug.json"])
      #expect(root.folders == ["block1/", "block2/"])
      let block = try await bucket.list(prefix: "block1/", style: .delimited)
      #expect(block.objects.map(\.key) == ["block1/index", "block1/meta.json"])
      #expect(block.folders == ["block1/chunks/"])
      let bare = try await bucket.list(prefix: "block", style: .delimited)
      #expect(bare.objects.isEmpty && bare.folders == ["block1/", "block2/"])
      #expect(try await bucket.list(prefix: "", style: .recursive).folders.isEmpty)
    },
    Check(promise: "1001 keys come over pages, each once") { bucket in
      let keys = (0..<1001).map { "block-\(String(10_000 + $0).dropFirst())/meta.json" }
      try await putConcurrently(keys, in: bucket)
      let listed = try await pages(of: bucket, style: .recursive)
      #expect(listed.flatMap { $0.objects.map(\.key) } == keys)
      let folders = try await pages(of: bucket, style: .delimited)
      #expect(folders.flatMap(\.folders) == keys.map { String($0.dropLast("meta.json".count)) })
      #expect(folders.allSatisfy { $0.objects.isEmpty })
      for page in listed + folders { #expect(!(page.objects.isEmpty && page.folders.isEmpty)) }
      #expect(listed.dropLast().allSatisfy { $0.next != nil })
      #expect(listed.last?.next == nil)
    },
    Check(promise: "an object is listed as soon as its put returned, and gone as soon as its delete did") { bucket in
      for number in 0..<5 {
        try await bucket.put("key\(number)", .bytes([0]))
        #expect(try await bucket.keys().count == number + 1)
      }
      for number in 0..<5 {
        try await bucket.delete("key\(number)")
        #expect(try await bucket.keys().count == 4 - number)
      }
    },
    Check(promise: "a folder is gone with its last object", dependingOnStore: { bucket, store in
      try await bucket.put(["a/b/c", "a/d"])
      try await bucket.delete("a/b/c")
      #expect(try await bucket.keys() == ["a/d"])
      if store.forgetsEmptyFolders { #expect(try await bucket.list(prefix: "a/", style: .delimited).folders.isEmpty) }
      try await bucket.delete("a/d")
      #expect(try await bucket.keys().isEmpty)
      if store.forgetsEmptyFolders { #expect(try await bucket.list(prefix: "", style: .delimited).folders.isEmpty) }
    }),
  ]

  private static func putConcurrently(_ keys: [String], in bucket: any Bucket) async throws {
    try await withThrowingTaskGroup { group in
      for lane in 0..<8 {
        group.addTask {
          for key in stride(from: lane, to: keys.count, by: 8).map({ keys[$0] }) {
            try await bucket.put(key, .bytes([1]))
          }
        }
      }
      try await group.waitForAll()
    }
  }

  private static func pages(of bucket: any Bucket, style: ListingStyle) async throws -> [ListingPage] {
    var pages: [ListingPage] = []
    repeat {
      pages.append(try await bucket.listPage(prefix: "", style: style, after: pages.last?.next))
      // A token that leads in a circle must fail, not hang.
    } while pages.last?.next != nil && pages.count < 3000
    return pages
  }
}
