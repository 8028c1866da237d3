import Fixtures
import Logging
import OrderedJSON
import Platform
import Testing

@testable import ObjectStore

/// `backfill` on the generated blocks, a proxy, and a prefix of its own behind it: what a test of uploads needs, and what it
/// asks the store past the proxy.
struct UploadSite: Sendable {
  let data: GeneratedData
  let proxy: FaultProxy
  let folder: TemporaryFolder
  private let prefix: String
  private let bucket: S3Bucket
  private var flags: [String] = []

  /// - Parameter extra: lines below `config:` in the bucket file.
  init(
    signatureV2: Bool = false, seed: UInt64 = 0, faults: FaultMix = .none, extra: [String] = [], flags: [String] = [],
    where isConcerned: @escaping @Sendable (_ method: String, _ target: String) -> Bool = { _, _ in true }
  ) async throws {
    let server = try await SeaweedFS.shared.value
    data = try await GeneratedData.shared.value
    let port = try #require(server.endpoint.split(separator: ":").last.flatMap { UInt16($0) })
    proxy = try FaultProxy(to: port, seed: seed, faults: faults, where: isConcerned)
    folder = try TemporaryFolder()
    prefix = SeaweedFS.freshPrefix()
    bucket = try S3Bucket(server.configuration(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    self.flags = flags
    var lines = WalkTests.BucketFile.text("127.0.0.1:\(proxy.port)", prefix: prefix, signatureV2: signatureV2)
      .split(separator: "\n").map(String.init)
    lines.insert(contentsOf: (["part_size: \(GeneratedData.partSize)"] + extra).map { "  \($0)" }, at: 2)
    try AtomicFile.write(Array(lines.joined(separator: "\n").utf8), to: bucketFile)
  }

  private var bucketFile: String { "\(folder.path)/bucket.yaml" }
  var state: String { "\(folder.path)/state" }

  /// For programs that read the bucket alone.
  var bucketArguments: [String] { ["--objstore.config-file", bucketFile] }

  var arguments: [String] {
    ["--tsdb.path", data.path, "--objstore.config-file", bucketFile, "--state-dir", state] + WalkTests.label + flags
  }

  func start() throws -> RunningProgram { try RunningProgram("backfill", arguments) }

  /// - Parameter folder: whether the local blocks are there to be compared with.
  func verify(_ flags: [String] = [], folder: Bool = true) async throws -> ProgramRun {
    let source = folder ? ["--tsdb.path", data.path] : []
    return try await ProgramRun.run("verify", source + ["--objstore.config-file", bucketFile] + flags)
  }

  /// Changes the bucket file: other credentials, fewer retries.
  func configure(_ old: String, _ new: String) throws {
    let text = String(decoding: try OpenFile(bucketFile).readAll(limit: 1 << 20), as: UTF8.self)
    try AtomicFile.write(Array(text.replacing(old, with: new).utf8), to: bucketFile)
  }

  /// Writes an object as another tool might, in parts of its own size.
  func put(_ key: String, _ bytes: [UInt8], partSize: UInt64) async throws {
    let server = try await SeaweedFS.shared.value
    let other = try S3Bucket(server.configuration { $0.partSize = partSize }, logger: Logger(label: "test"))
    try await other.put("\(prefix)/\(key)", .bytes(bytes))
  }

  func delete(_ key: String) async throws { try await bucket.delete("\(prefix)/\(key)") }

  // MARK: What the store has

  private func stored() async throws -> [String: ObjectAttributes] {
    var stored: [String: ObjectAttributes] = [:]
    try await bucket.forEachPage(prefix: "\(prefix)/", style: .recursive) { page in
      for object in page.objects {
        stored[String(object.key.dropFirst(prefix.utf8.count + 1))] = object.attributes
      }
    }
    return stored
  }

  func read(_ key: String) async throws -> [UInt8] { try await bucket.read("\(prefix)/\(key)", limit: 1 << 30) }

  func put(_ key: String, _ bytes: [UInt8]) async throws { try await bucket.put("\(prefix)/\(key)", .bytes(bytes)) }

  func has(_ key: String) async throws -> Bool { try await stored()[key] != nil }

  /// Checks what must hold at any moment: an object is whole, and a block with a meta.json is complete.
  /// - Parameter note: for the message of what does not hold.
  /// - Returns: bytes of the blocks that the store has, in objects and in parts.
  func checkInvariants(_ note: String) async throws -> UInt64 {
    let stored = try await stored()
    var held: UInt64 = 0
    for ulid in data.ulids {
      let meta = stored["\(ulid)/meta.json"]
      for file in data.files(of: ulid) {
        if let object = stored[file.key] {
          #expect(object.size == file.size && object.etag == file.etag, "\(note): \(file.key) is not what was sent")
          held += file.size
        } else {
          #expect(meta == nil, "\(note): \(ulid) has a meta.json and no \(file.key)")
          held += try await partsHeld(of: file.key)
        }
      }
      guard meta != nil else { continue }
      let document = try? JSONValue(parsing: try await read("\(ulid)/meta.json")).object
      #expect(document?["ulid"]?.string == ulid, "\(note): meta.json of \(ulid) is not whole")
      let listed = document?["thanos"]?.object?["files"]?.array?.compactMap { $0.object?["rel_path"]?.string } ?? []
      #expect(
        Set(listed) == Set(data.files(of: ulid).map { String($0.key.dropFirst(27)) } + ["meta.json"]),
        "\(note): meta.json of \(ulid) lists \(listed)")
    }
    return held
  }

  /// SeaweedFS lists a part twice that came again while it was still being stored, hence by number.
  private func partsHeld(of key: String) async throws -> UInt64 {
    var held: UInt64 = 0
    for id in try await uploads(of: key) {
      do {
        let parts = try await bucket.multipart.list(S3Upload(key: "\(prefix)/\(key)", id: id)).parts
        let sizes = Dictionary(parts.map { ($0.number, $0.size) }, uniquingKeysWith: max)
        held = max(held, sizes.values.reduce(0, +))
      } catch StoreFailure.refused(let refusal) where refusal.status == 404 {
        // Completed or thrown away since.
      }
    }
    return held
  }

  /// The IDs of an object's unfinished uploads.
  func uploads(of key: String) async throws -> [String] {
    try await bucket.multipart.uploads(of: "\(prefix)/\(key)", since: 0)
  }

  /// Checks that everything is there, byte by byte, and nothing else.
  /// - Parameter leavingUploads: whether unfinished uploads may be left.
  func checkComplete(_ note: String, leavingUploads: Bool = false) async throws {
    _ = try await checkInvariants(note)
    let expected = data.files.map(\.key) + data.ulids.map { "\($0)/meta.json" }
    #expect(Set(try await stored().keys) == Set(expected), "\(note)")
    for file in data.files {
      #expect(try await read(file.key) == data.bytes(of: file.key), "\(note): \(file.key)")
      guard !leavingUploads else { continue }
      #expect(try await uploads(of: file.key).isEmpty, "\(note): \(file.key) has an unfinished upload")
    }
    #expect(try GeneratedData.snapshot(of: data.path) == data.snapshot, "\(note): the data folder was written to")
  }

  /// Runs once more, which must send nothing, and checks that the state folder keeps nothing but its files.
  func checkAtRest(_ note: String) async throws {
    let before = proxy.bytesForwarded
    let run = try start()
    #expect(await run.wait() == 0, "\(note): \(run.error)")
    #expect(proxy.bytesForwarded == before, "\(note): sent again what was there")
    let paths = try DataFolder.files(below: state)
    let names = Set(paths.map { String($0.split(separator: "/").last ?? "") })
    #expect(names.subtracting(["rate"]) == ["about.json", "lock", "notes.jsonl"], "\(note)")
    let notes = try OpenFile(try #require(paths.first { $0.hasSuffix("/notes.jsonl") })).readAll(limit: 1 << 20)
    // That a block needs no notes is a line, until the next run writes the file anew.
    #expect(notes.split(separator: 10).allSatisfy { $0.starts(with: #"{"published""#.utf8) }, "\(note): notes are left")
  }

  /// Waits until the proxy has nothing left to hand on of a program that has been killed.
  func settle() async throws {
    var last: (UInt64, Int)?
    while last?.0 != proxy.bytesForwarded || last?.1 != proxy.requests {
      last = (proxy.bytesForwarded, proxy.requests)
      try await Task.sleep(for: .milliseconds(40))
    }
  }
}
