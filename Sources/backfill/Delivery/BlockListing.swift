import ObjectStore

extension Bucket {
  /// What the bucket has below a prefix, by key.
  func objects(below prefix: String) async throws -> [String: ObjectAttributes] {
    var objects: [String: ObjectAttributes] = [:]
    try await forEachPage(prefix: prefix, style: .recursive) { page in
      for object in page.objects { objects[object.key] = object.attributes }
    }
    return objects
  }
}
