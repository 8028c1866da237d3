import Fixtures
import Logging
import Platform

@testable import ObjectStore

/// A data folder of four blocks, one of them compacted, in segments of several parts (of 5 MiB) each; made once for all
/// tests, which only read it. About 31 MB.
struct GeneratedData: Sendable {
  static let shared = Task { try GeneratedData() }

  /// As small as S3 takes them.
  static let partSize: UInt64 = 5 << 20

  /// A file of a block, meta.json left out.
  struct DataFile: Sendable {
    /// Inside the data folder, and in a bucket: `<ULID>/chunks/000001`.
    let key: String
    let size: UInt64
    /// As a store gives it whose ETags are checksums.
    let etag: String
  }

  private let folder: TemporaryFolder
  let path: String
  let ulids: [String]
  let files: [DataFile]
  /// Every file with its size and time of change.
  let snapshot: [String]

  private static let start: Int64 = 1_700_006_400_000
  private static let hour: Int64 = 3_600_000

  private init() throws {
    folder = try TemporaryFolder()
    let path = "\(folder.path)/data"
    let blocks = [
      GeneratedBlock("01HF5EN80000000000000000K0", from: Self.start, hours: 2, segments: [1 << 20]),
      GeneratedBlock(
        "01HF5EN80000000000000000K1", from: Self.start + 2 * Self.hour, hours: 18, level: 3,
        segments: [12 << 20, 16 << 20]),
      GeneratedBlock("01HF5EN80000000000000000K2", from: Self.start + 20 * Self.hour, hours: 2, segments: [300_000]),
      GeneratedBlock("01HF5EN80000000000000000K3", from: Self.start + 22 * Self.hour, hours: 2, segments: [500_000]),
    ]
    try Directory.create("\(path)/wal")
    for (number, block) in blocks.enumerated() { try block.write(in: path, seed: UInt64(number)) }
    self.path = path
    ulids = blocks.map(\.ulid)
    files = try DataFolder.files(below: path).filter { !$0.hasSuffix("/meta.json") }.map { file in
      let bytes = try OpenFile(file).readAll(limit: 1 << 30)
      return DataFile(
        key: String(file.dropFirst(path.utf8.count + 1)), size: UInt64(bytes.count), etag: Self.etag(of: bytes))
    }
    snapshot = try Self.snapshot(of: path)
  }

  /// Bytes of all blocks, meta.json files left out.
  var size: UInt64 { files.reduce(0) { $0 + $1.size } }

  func files(of ulid: String) -> [DataFile] { files.filter { $0.key.hasPrefix("\(ulid)/") } }

  func bytes(of key: String) throws -> [UInt8] { try OpenFile("\(path)/\(key)").readAll(limit: 1 << 30) }

  static func snapshot(of folder: String) throws -> [String] {
    try DataFolder.files(below: folder).map { "\($0) \(try Directory.status(of: $0))" }
  }

  private static func etag(of bytes: [UInt8]) -> String {
    guard bytes.count > Int(partSize) else { return Hexadecimal.text(PayloadDigest.md5(of: bytes)) }
    let parts = stride(from: 0, to: bytes.count, by: Int(partSize)).map { start in
      PayloadDigest.md5(of: Array(bytes[start..<min(bytes.count, start + Int(partSize))]))
    }
    return S3Multipart.etag(ofParts: parts)
  }
}
