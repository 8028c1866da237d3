import ObjectStore
import Testing

extension BucketAcceptance {
  static let absenceChecks = [
    Check(promise: "what is not there is not found") { bucket in
      try await bucket.put("folder/object", .bytes([1]))
      // Never written; a folder; with a slash too few or too many; below an object.
      for key in ["missing", "missing/deeper", "folder", "folder/objec", "folder/object2", "folder/object/below"] {
        #expect(await code { _ = try await bucket.attributes(of: key) } == .objectNotFound, "\(key)")
        #expect(await code { try await bucket.get(key, range: nil) { _ in } } == .objectNotFound, "\(key)")
        #expect(await code { try await bucket.get(key, range: 0..<10) { _ in } } == .objectNotFound, "\(key)")
        #expect(await code { try await bucket.get(key, range: 0..<0) { _ in } } == .objectNotFound, "\(key)")
        #expect(try await !bucket.exists(key), "\(key)")
      }
    },
    Check(promise: "deleting what is not there succeeds and touches nothing else") { bucket in
      try await bucket.put(["folder/object", "other"])
      for key in ["missing", "missing/deeper", "folder", "folder/objec", "folder/object/below"] {
        try await bucket.delete(key)
      }
      #expect(try await bucket.keys() == ["folder/object", "other"])
      try await bucket.delete("other")
      try await bucket.delete("other")
      #expect(try await bucket.keys() == ["folder/object"])
    },
    Check(promise: "errors name the key as it was given, and the place") { bucket in
      do {
        _ = try await bucket.attributes(of: "some/missing object")
        Issue.record("it was found")
      } catch let error as BucketError {
        #expect(error.key == "some/missing object")
        #expect(error.bucket == bucket.location)
        #expect(error.description.contains("some/missing object"))
        #expect(!error.description.contains("\n"))
      }
    },
  ]
}
