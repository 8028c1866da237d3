import Fixtures
import Synchronization
import Testing

@testable import ObjectStore

@Suite("Uploads that are abandoned", .timeLimit(.minutes(1)))
struct S3AbandonmentTests {
  private static let begun: Int64 = 1_700_000_000_000
  private func unfinished(_ id: String?) -> UnfinishedUpload {
    UnfinishedUpload(id: id, begun: Self.begun, partSize: 10, parts: [])
  }

  @Test("one whose ID is known is aborted, and may be gone already")
  func known() async throws {
    var state = ScriptedS3.State()
    state.uploads["old"] = ScriptedS3.Upload()
    let store = try ScriptedS3(state)
    for _ in 0..<2 { try await store.bucket().abandon("object", unfinished("old")) }
    #expect(store.calls == [.abort, .abort])
    #expect(store.state.uploads.isEmpty)
  }

  @Test("without an ID, those of the very key are aborted that are not older by more than 15 minutes")
  func unknown() async throws {
    var state = ScriptedS3.State()
    state.uploads["same"] = ScriptedS3.Upload(initiated: "2023-11-14T22:14:00.000Z")
    state.uploads["slow clock"] = ScriptedS3.Upload(initiated: "2023-11-14T21:58:21.000Z")
    state.uploads["older"] = ScriptedS3.Upload(initiated: "2023-11-14T21:58:19.000Z")
    state.uploads["longer"] = ScriptedS3.Upload(key: "object2")
    state.uploads["deeper"] = ScriptedS3.Upload(key: "object/2")
    state.uploads["timeless"] = ScriptedS3.Upload(initiated: "")
    let store = try ScriptedS3(state)
    try await store.bucket().abandon("object", unfinished(nil))
    #expect(store.state.uploads.keys.sorted() == ["deeper", "longer", "older", "timeless"])
  }

  @Test("all pages are looked at, and a listing in a circle is an error", arguments: [false, true])
  func pages(_ isCircle: Bool) async throws {
    let pages = Atomic(0)
    let store = try ScriptedS3 { call, request in
      guard call == .listUploads else { return call == .abort ? .response(204) : nil }
      let page = pages.add(1, ordering: .relaxed).newValue
      if page == 2, !request.target.contains("key-marker=object&") { return .response(400) }
      let more = page == 1 || isCircle
      return .response(
        200, [],
        """
        <ListMultipartUploadsResult><IsTruncated>\(more)</IsTruncated><NextKeyMarker>object</NextKeyMarker>\
        <NextUploadIdMarker>marker</NextUploadIdMarker><Upload><Key>object</Key><UploadId>id\(page)</UploadId>\
        <Initiated>2023-11-14T22:14:00.000Z</Initiated></Upload></ListMultipartUploadsResult>
        """)
    }
    let bucket = try store.bucket()
    if isCircle {
      await #expect(throws: BucketError.self) { try await bucket.abandon("object", unfinished(nil)) }
    } else {
      try await bucket.abandon("object", unfinished(nil))
      #expect(store.requests(.abort).map { $0.target.suffix(3) } == ["id1", "id2"])
    }
  }

  @Test(
    "a store that does not list uploads is no fault, one that does not know the key is",
    arguments: [
      (403, "AccessDenied", true), (501, "NotImplemented", true), (405, "MethodNotAllowed", true),
      (403, "InvalidAccessKeyId", false), (404, "NoSuchBucket", false),
    ])
  func refused(_ status: Int, _ code: String, _ isFine: Bool) async throws {
    let store = try ScriptedS3 { call, _ in call == .listUploads ? .refusal(status, code) : nil }
    let bucket = try store.bucket()
    if isFine {
      try await bucket.abandon("object", unfinished(nil))
    } else {
      await #expect(throws: BucketError.self) { try await bucket.abandon("object", unfinished(nil)) }
    }
  }
}
