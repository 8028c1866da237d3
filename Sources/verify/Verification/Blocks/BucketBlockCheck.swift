import BlockBytes
import ObjectStore
import TSDB
import Thanos

/// Checks the data of a block in a bucket without the originals: does every object have the hash that meta.json holds,
/// and is every byte of it as it should be?
struct BucketBlockCheck {
  let bucket: any Bucket
  let block: BucketBlock
  let level: VerificationLevel
  /// Whether the SHA-256 of every object is to stand in the report, also where there is none to hold it against.
  var wantsHashes = false

  /// - Parameter held: what is there of the block, and has been held against meta.json.
  /// - Throws: `CancellationError`.
  func run(on held: BucketPresence.Held, _ report: inout BlockReport) async throws {
    let expected = held.expected
    let check = DataCheck(
      data: BucketBlockData(bucket: bucket), files: files(held),
      meta: block.description?.meta, level: level,
      computesHashes: wantsHashes || expected.contains { $0.sha256 != nil })
    try await check.run(&report)
    for file in expected { judge(file, &report) }
  }

  private func files(_ held: BucketPresence.Held) -> DataFiles {
    func file(_ object: ExpectedObject) -> DataFile { DataFile(path: object.path, name: object.key, size: object.size) }
    var files = DataFiles(
      segments: held.expected.filter(\.isSegment).map(file), lackSegments: held.lacksSegments,
      metaName: block.objects.meta, segmentsName: block.objects.prefix + BlockFolder.chunksName,
      missing: .missingObject)
    files.index = held.expected.first { $0.isIndex }.map(file)
    if let size = held.listing.size(of: BlockFolder.tombstonesName) {
      let path = BlockFolder.tombstonesName
      files.tombstones = DataFile(path: path, name: block.objects.prefix + path, size: size)
    }
    return files
  }

  private func judge(_ file: ExpectedObject, _ report: inout BlockReport) {
    if file.listedSize != nil { report.add([.size], to: file.path, size: file.size) }
    guard let expected = file.sha256, let computed = report.file(file.path)?.sha256 else { return }
    if expected == computed {
      report.add([.sha256], to: file.path, size: file.size)
    } else {
      report.find(.hashMismatch, file: file.key, "meta.json says SHA-256 \(expected), the object has \(computed)")
    }
  }
}
