import Fixtures
import HTTP
import Logging
import Platform
import Synchronization

@testable import ObjectStore

/// A small S3 on a scripted server, for uploads in parts, with faults where a test wants them.
final class ScriptedS3: Sendable {
  enum Call: Equatable, Sendable { case create, part, complete, abort, head, listParts, listUploads, put, other }

  struct Upload: Sendable {
    var key = "object"
    var initiated = "2023-11-14T22:13:20.000Z"
    /// By number.
    var parts: [Int: [UInt8]] = [:]
    /// Of parts whose ETag is not their MD5.
    var etags: [Int: String] = [:]
    /// More XML in the listing of its parts.
    var more = ""
    /// Whether the object is to get a CRC-32C of its whole content.
    var isChecksummed = false

    func etag(_ number: Int) -> String { etags[number] ?? ScriptedS3.md5(parts[number] ?? []) }
  }

  struct State: Sendable {
    var uploads: [String: Upload] = [:]
    /// Content and ETag by key.
    var objects: [String: Object] = [:]
    /// Fields of every answer.
    var fields: [(String, String)] = []
    var begun = 0
    /// When uploads begin.
    var time = "2023-11-14T22:13:20.000Z"
    /// Whether it keeps CRC-32Cs of whole objects for those who ask, and refuses parts that have another, as AWS does.
    var keepsChecksums = false
    /// Whether it shows them, too.
    var showsChecksums = true
  }

  struct Object: Sendable {
    var bytes: [UInt8]
    var etag: String
    var fields: [(String, String)] = []
  }

  private final class Shared: Sendable {
    let state = Mutex(State())
  }

  private let shared: Shared
  private let server: ScriptedServer

  /// - Parameter fault: what is answered instead of what an S3 would; `nil` for that.
  init(
    _ state: State = State(),
    fault: @escaping @Sendable (Call, ScriptedServer.Request) -> [ScriptedServer.Step]? = { _, _ in nil }
  ) throws {
    let shared = Shared()
    shared.state.withLock { $0 = state }
    self.shared = shared
    server = try ScriptedServer { request, _ in
      let call = Self.call(request)
      return fault(call, request) ?? shared.state.withLock { Self.answer(call, request, &$0) }
    }
  }

  var state: State { shared.state.withLock { $0 } }

  func requests(_ call: Call) -> [ScriptedServer.Request] { server.requests.filter { Self.call($0) == call } }

  var calls: [Call] { server.requests.map(Self.call) }

  /// A bucket whose parts have ten bytes.
  func bucket(_ change: (inout S3Configuration) -> Void = { _ in }) throws -> S3Bucket {
    var configuration = S3Configuration(
      bucket: "thanos", endpoint: "127.0.0.1:\(server.port)", accessKey: "k", secretKey: "s")
    configuration.insecure = true
    configuration.region = "us-east-1"
    configuration.partSize = 10
    change(&configuration)
    var policy = RetryPolicy()
    policy.attempts = 3
    policy.clock = RetryClock(now: { .zero }, sleep: { _ in }, random: { 0 })
    return try S3Bucket(
      configuration, logger: Logger(label: "test"), environment: { _ in nil }, policy: policy, minimumPart: 1)
  }

  static func md5(_ bytes: [UInt8]) -> String { Hexadecimal.text(PayloadDigest.md5(of: bytes)) }

  static func call(_ request: ScriptedServer.Request) -> Call {
    let isObject = request.target.split(separator: "?")[0].split(separator: "/").count > 1
    return switch request.method {
    case "POST": request.target.contains("uploads") ? .create : .complete
    case "PUT": request.target.contains("partNumber") ? .part : .put
    case "DELETE": request.target.contains("uploadId") ? .abort : .other
    case "HEAD": .head
    case "GET" where isObject && request.target.contains("uploadId"): .listParts
    case "GET" where !isObject && request.target.contains("uploads"): .listUploads
    default: .other
    }
  }

  // MARK: Answers

  private static func parameter(_ name: String, _ request: ScriptedServer.Request) -> String? {
    let query = request.target.split(separator: "?").dropFirst().first ?? ""
    return query.split(separator: "&").first { $0.hasPrefix("\(name)=") }.flatMap {
      PercentEncoding.decodeForm(String($0.dropFirst(name.count + 1)))
    }
  }

  private static func key(_ request: ScriptedServer.Request) -> String {
    String(request.target.split(separator: "?")[0].dropFirst("/thanos/".count))
  }

  private static func answer(
    _ call: Call, _ request: ScriptedServer.Request, _ state: inout State
  ) -> [ScriptedServer.Step] {
    let id = parameter("uploadId", request) ?? ""
    let upload = state.uploads[id]
    switch call {
    case .create:
      state.begun += 1
      let id = "new-\(state.begun)"
      let isChecksummed = state.keepsChecksums && request["x-amz-checksum-type"] == "FULL_OBJECT"
      state.uploads[id] = Upload(key: key(request), initiated: state.time, isChecksummed: isChecksummed)
      let promise = [("x-amz-checksum-algorithm", "CRC32C"), ("x-amz-checksum-type", "FULL_OBJECT")]
      return .response(
        200, state.fields + (isChecksummed ? promise : []),
        "<InitiateMultipartUploadResult><UploadId>\(id)</UploadId></InitiateMultipartUploadResult>")
    case .part:
      guard let upload, let number = parameter("partNumber", request).flatMap({ Int($0) }) else { return noUpload }
      if upload.isChecksummed, request["x-amz-checksum-crc32c"] != crc(request.body) {
        return .refusal(400, "BadDigest")
      }
      state.uploads[id]?.parts[number] = request.body
      return .response(200, state.fields + [("ETag", "\"\(upload.etags[number] ?? md5(request.body))\"")])
    case .listParts:
      guard let upload else { return noUpload }
      let parts = upload.parts.sorted { $0.key < $1.key }.map {
        "<Part><PartNumber>\($0.key)</PartNumber><ETag>\"\(upload.etag($0.key))\"</ETag>"
          + "<Size>\($0.value.count)</Size>"
          + (upload.isChecksummed ? "<ChecksumCRC32C>\(crc($0.value))</ChecksumCRC32C>" : "") + "</Part>"
      }
      let kind = "<ChecksumAlgorithm>CRC32C</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>"
      let more = upload.more + (upload.isChecksummed ? kind : "")
      return .response(200, [], "<ListPartsResult>\(more)\(parts.joined())</ListPartsResult>")
    case .complete:
      guard let upload else { return noUpload }
      let numbers = upload.parts.keys.sorted()
      let digests = numbers.flatMap { Hexadecimal.bytes(upload.etag($0)) ?? [] }
      var object = Object(bytes: numbers.flatMap { upload.parts[$0] ?? [] }, etag: "\(md5(digests))-\(numbers.count)")
      if upload.isChecksummed {
        guard request["x-amz-checksum-crc32c"] == crc(object.bytes) else { return .refusal(400, "BadDigest") }
        if state.showsChecksums { object.fields = shown(object) }
      }
      state.objects[upload.key] = object
      state.uploads[id] = nil
      return .response(
        200, state.fields,
        "<CompleteMultipartUploadResult><ETag>\"\(object.etag)\"</ETag></CompleteMultipartUploadResult>")
    case .abort: return state.uploads.removeValue(forKey: id) == nil ? noUpload : .response(204)
    case .put:
      state.objects[key(request)] = Object(bytes: request.body, etag: md5(request.body))
      return .response(200, state.fields + [("ETag", "\"\(md5(request.body))\"")])
    case .head:
      guard let object = state.objects[key(request)] else { return [.send("HTTP/1.1 404 Not Found\r\n\r\n")] }
      let fields = (object.fields + [("ETag", "\"\(object.etag)\"")]).map { "\($0.0): \($0.1)\r\n" }.joined()
      return [.send("HTTP/1.1 200 OK\r\nContent-Length: \(object.bytes.count)\r\n\(fields)\r\n")]
    case .listUploads:
      let uploads = state.uploads.sorted { $0.key < $1.key }.filter {
        $0.value.key.hasPrefix(parameter("prefix", request) ?? "")
      }
      let entries = uploads.map {
        "<Upload><Key>\($0.value.key)</Key><UploadId>\($0.key)</UploadId>"
          + "<Initiated>\($0.value.initiated)</Initiated></Upload>"
      }
      return .response(200, [], "<ListMultipartUploadsResult>\(entries.joined())</ListMultipartUploadsResult>")
    case .other: return .response(400)
    }
  }

  static func crc(_ bytes: [UInt8]) -> String { S3Checksums.text(unsafe CRC32C.checksum(bytes.span.bytes)) }

  private static func shown(_ object: Object) -> [(String, String)] {
    [("x-amz-checksum-crc32c", crc(object.bytes)), ("x-amz-checksum-type", "FULL_OBJECT")]
  }

  private static let noUpload: [ScriptedServer.Step] = .refusal(404, "NoSuchUpload")
}
