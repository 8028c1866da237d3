import ObjectStore
import Testing

extension BucketAcceptance {
  /// Keys that are easily mangled on the way: escaped twice or not at all, normalised, taken for a path or a query.
  static let awkwardKeys = [
    "with space", " leading and trailing ", "plus+plus", "percent%41%2Fpercent", "a&b=c?d#e", "semi;colon:comma,at@",
    "quote'double\"back`tick", "brackets[x]{y}(z)<w>", "tilde~star*bang!dollar$", "back\\slash", "pipe|caret^",
    "dots..inside.", ".hidden", "...", "a.b/c..d/.e", "caf\u{E9}/composed", "cafe\u{301}/decomposed", "日本語/キー", "🙂/🙃",
    "folder/\u{301}mark after slash", "equals==", "-dash", "UPPER/lower",
  ]

  static let keyChecks = [
    Check(promise: "awkward keys keep their bytes", dependingOnStore: { bucket, store in
      let awkwardKeys = awkwardKeys.filter { store.keepsBackslashes || !$0.contains("\\") }
      for key in awkwardKeys {
        try await bucket.put(key, .bytes(Array("of \(key)".utf8)))
      }
      for key in awkwardKeys {
        #expect(try await bucket.received(key) == Array("of \(key)".utf8), "\(key)")
        #expect(try await bucket.attributes(of: key).size == UInt64("of \(key)".utf8.count), "\(key)")
      }
      let sorted = awkwardKeys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      let listed = try await bucket.keys()
      let ordered = store.listsByBytes ? listed : listed.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      #expect(areEqual(ordered, sorted))
      for key in awkwardKeys {
        // The prefix of a listing goes other ways than a key does.
        #expect(areEqual(try await bucket.keys(key), [key]), "\(key)")
        try await bucket.delete(key)
        #expect(try await !bucket.exists(key), "\(key)")
      }
      #expect(try await bucket.keys().isEmpty)
    }),
    Check(promise: "letters that look alike are two keys") { bucket in
      try await bucket.put("caf\u{E9}", .bytes([1]))
      try await bucket.put("cafe\u{301}", .bytes([2, 2]))
      #expect(try await bucket.received("caf\u{E9}") == [1])
      #expect(try await bucket.received("cafe\u{301}") == [2, 2])
      try await bucket.delete("caf\u{E9}")
      #expect(areEqual(try await bucket.keys(), ["cafe\u{301}"]))
    },
    Check(promise: "a long key is a key") { bucket in
      let key = (0..<4).map { String(repeating: "\($0)", count: 200) }.joined(separator: "/")
      try await bucket.put(key, .bytes([1]))
      #expect(try await bucket.keys() == [key])
      #expect(try await bucket.received(key) == [1])
    },
  ]
}
