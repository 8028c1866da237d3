import Fixtures
import ObjectStore
import OrderedJSON
import Platform
import TSDB
import Thanos
import Verification

/// Blocks of a data folder and what an uploader made of them in a store.
struct Shipment: Sendable {
  let data: DataFolder
  let bucket: StoreBucket

  /// The fixture that most tests damage.
  static let raw = "01M81B088QDAD3JHFN4993ETCA"
  static let xor2 = "01M81B089WZ6FKNMSDPKBMGYCV"
  static let old = "01DXXFZDYD1MQW6079WK0K6EDQ"

  /// - Parameters:
  ///   - blocks: relative to the fixtures.
  ///   - hashes: whether meta.json is to list the files' SHA-256.
  ///   - partSize: what objects larger than this are cut into.
  init(
    _ blocks: [String] = [DataFolder.rawBlocks[1]], hashes: Bool = true, partSize: Int? = nil,
    labels: [(String, String)] = [("cluster", "eu1")], delay: Duration = .zero
  ) throws {
    data = try DataFolder(blocks)
    bucket = StoreBucket(delay: delay)
    for folder in try DataDirectory(data.path).blocks {
      try ship(folder, hashes: hashes, partSize: partSize, labels: labels)
    }
  }

  /// A block of a segment of about this many bytes, which is made and not a fixture.
  init(generated size: Int, hashes: Bool = true, partSize: Int?) throws {
    data = try DataFolder([])
    bucket = StoreBucket()
    try GeneratedBlock(Self.generated, from: 1_700_006_400_000, hours: 2, segments: [size]).write(in: data.path)
    for folder in try DataDirectory(data.path).blocks {
      try ship(folder, hashes: hashes, partSize: partSize, labels: [("cluster", "eu1")])
    }
  }

  static let generated = "01HF5EN80000000000000000K0"
  static let generatedSegment = "\(generated)/chunks/000001"

  func ship(_ folder: BlockFolder, hashes: Bool, partSize: Int?, labels: [(String, String)]) throws {
    let names = try folder.segmentNames().segments
    var files: [ThanosSection.File] = []
    for path in names.map({ "chunks/\($0)" }) + ["index"] {
      let bytes = try data.read("\(folder.ulid)/\(path)")
      var hash = SHA256Hex()
      unsafe hash.update(bytes.span.bytes)
      files.append(ThanosSection.File(path: path, size: UInt64(bytes.count), sha256: hashes ? hash.finalize() : nil))
      let isCut = partSize.map { bytes.count > $0 } ?? false
      bucket["\(folder.ulid)/\(path)"] = StoreBucket.Object(bytes, partSize: isCut ? partSize : nil)
    }
    let meta = UploadedMeta(
      labels: try ExternalLabels(labels.map { (name: $0.0, value: $0.1) }), source: "sidecar", segments: names, files: files,
      indexStatistics: IndexStatistics(), uploadTime: "2023-11-14T22:13:20Z")
    let document = JSONValue.object(meta.document(of: try folder.readMeta()))
    bucket["\(folder.ulid)/meta.json"] = StoreBucket.Object(document.bytes(indent: "  "))
  }

  var copy: Verification.Subject { .copy(folder: data.path, bucket: bucket) }
  var alone: Verification.Subject { .bucket(bucket) }
  var folder: Verification.Subject { .folder(data.path) }

  /// Changes the text of a block's meta.json in the bucket.
  func editMeta(of ulid: String = raw, _ old: String, _ new: String) {
    let text = String(decoding: bucket["\(ulid)/meta.json"]?.bytes ?? [], as: UTF8.self)
    bucket["\(ulid)/meta.json"] = StoreBucket.Object(Array(text.replacing(old, with: new).utf8))
  }
}

/// All that a verification said.
struct Verified {
  var blocks: [BlockReport] = []
  var whole: BucketReport?

  var findings: [Finding] { blocks.flatMap(\.findings) + (whole?.findings ?? []) }
  var ids: [Finding.ID] { findings.map(\.id) }
  var unfinished: [Unfinished] { blocks.flatMap(\.unfinished) + (whole?.unfinished ?? []) }

  func file(_ path: String) -> FileReport? { blocks.first?.files.first { $0.path == path } }
  func verdict(_ path: String) -> BlockReport.Verdict? { blocks.first?.verdicts.first { $0.file.path == path }?.verdict }
}

/// - Parameter change: to the options.
func verify(
  _ subject: Verification.Subject, _ level: VerificationLevel = .checksum,
  _ change: (inout VerificationOptions) -> Void = { _ in }
) async throws -> Verified {
  var options = VerificationOptions(level: level)
  // One check at a time: what is found in the bucket as a whole has tests of its own.
  options.checksBucket = false
  change(&options)
  var verified = Verified()
  try await Verification(subject, options: options, logger: silent).run(
    whole: { verified.whole = $0 }, checked: { verified.blocks.append($0) })
  return verified
}
