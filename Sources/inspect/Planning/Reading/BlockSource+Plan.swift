public import Inspection
import ObjectStore
import Platform
import TSDB
import Thanos

extension BlockSource {
  /// Reads what a plan is made of: meta.json of every block, one listing of all objects, and the markers that it shows.
  /// - Parameter clock: ms since 1970.
  /// - Throws: `PlanInput.NoBlocks`; `DataDirectory.NotATSDB`, `FileError`, `BucketError` where the source fails.
  public func planInput(clock: Int64) async throws -> PlanInput {
    let rows = try await rows()
    return try PlanInput(rows, files: try await files(rows.map(\.ulid)), clock: clock)
  }

  private func files(_ ulids: [ULID]) async throws -> [ULID: BlockFiles] {
    switch self {
    case .folder(let path):
      return await BlockingPool.shared.run {
        var files: [ULID: BlockFiles] = [:]
        for ulid in ulids {
          let folder = BlockFolder(ulid: ulid, path: "\(path)/\(ulid)")
          // A block that went meanwhile has no files; its row says what is wrong with it.
          guard let names = try? folder.files().map(\.path) else { continue }
          var found = BlockFiles(count: UInt64(names.count), markers: [:])
          for kind in Marker.Kind.allCases where names.contains(kind.fileName) {
            let file = "\(folder.path)/\(kind.fileName)"
            let bytes = try? OpenFile(file).readAll(limit: BlockMeta.sizeLimit)
            found.markers[kind] = Self.reason(bytes, kind, file)
          }
          files[ulid] = found
        }
        return files
      }
    case .bucket(let bucket): return try await Self.files(in: bucket)
    }
  }

  /// One listing of the whole bucket, a request for a thousand objects, rather than one for each block.
  private static func files(in bucket: any Bucket) async throws -> [ULID: BlockFiles] {
    var files: [ULID: BlockFiles] = [:]
    var markers: [(ulid: ULID, kind: Marker.Kind)] = []
    try await bucket.forEachPage(prefix: "", style: .recursive) { page in
      for object in page.objects {
        let parts = object.key.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 1)
        guard parts.count == 2, let ulid = ULID(String(decoding: parts[0], as: UTF8.self)) else { continue }
        files[ulid, default: BlockFiles(count: 0, markers: [:])].count &+= 1
        let name = String(decoding: parts[1], as: UTF8.self)
        if let kind = Marker.Kind.allCases.first(where: { $0.fileName == name }) { markers.append((ulid, kind)) }
      }
    }
    for (ulid, kind) in markers {
      let key = BlockObjects(ulid).marker(kind)
      // That it lies there is enough for Thanos' deletion; only the others have a reason to read.
      let bytes = kind == .deletion ? nil : try? await bucket.read(key, limit: BlockMeta.sizeLimit)
      files[ulid]?.markers[kind] = reason(bytes, kind, key)
    }
    return files
  }

  private static func reason(_ bytes: [UInt8]?, _ kind: Marker.Kind, _ file: String) -> String {
    guard let marker = bytes.flatMap({ try? Marker(parsing: $0, kind: kind, file: file) }) else { return "" }
    return [marker.reason, marker.details].filter { !$0.isEmpty }.joined(separator: ": ")
  }
}
