import ObjectStore
import TSDB
import Thanos

extension ObjectListing {
  /// Without s3:ListBucket, asks for each file by its name: those that meta.json lists, and where it lists none the
  /// index and one segment after the other. What else lies there cannot be known then, and the store does not tell a
  /// file that is missing from one that may not be read.
  /// - Parameter failure: of the listing.
  /// - Throws: `CancellationError`.
  static func asking(
    for description: BlockDescription, in bucket: any Bucket, after failure: BucketError, width: Int,
    _ report: inout BlockReport
  ) async throws -> ObjectListing {
    var names = NamedObjects(objects: BlockObjects(description.ulid), bucket: bucket)
    let listed = (description.thanos?.files ?? []).map(\.path).filter { $0 != BlockMeta.fileName }
    let hasIndex = listed.contains { $0 == BlockFolder.indexName }
    try await names.ask(for: listed + (hasIndex ? [] : [BlockFolder.indexName]), width: width, &report)
    if !listed.contains(where: ExpectedObject.isSegment) {
      try await names.askForSegments(atMost: description.meta.stats.chunks, &report)
    }
    try await names.askForOptional([BlockFolder.tombstonesName, Marker.Kind.deletion.fileName])
    report.unfinished.append(
      Unfinished(
        file: names.objects.prefix, reason: "whether anything else lies there is not known: \(failure.reason)"))
    return ObjectListing(of: names.objects, held: names.held, unknown: names.unknown)
  }
}

/// Objects of a block that are asked for by their names.
private struct NamedObjects {
  let objects: BlockObjects
  let bucket: any Bucket
  var held: [[UInt8]: ObjectAttributes] = [:]
  var unknown: [[UInt8]: String] = [:]

  private func attributes(of key: String) async throws -> Result<ObjectAttributes, BucketError> {
    do {
      return .success(try await bucket.attributes(of: key))
    } catch let error as BucketError {
      return .failure(error)
    }
  }

  mutating func ask(for paths: [String], width: Int, _ report: inout BlockReport) async throws {
    let keys = paths.compactMap { path in objects.key(ofFile: path).map { (path: path, key: $0) } }
    let answers = try await OrderedWork.map(keys, width: width) { [self] in try await attributes(of: $0.key) }
    for (file, answer) in zip(keys, answers) { enter(answer, at: file.path, &report) }
  }

  private mutating func enter(
    _ answer: Result<ObjectAttributes, BucketError>, at path: String, _ report: inout BlockReport
  ) {
    switch answer {
    case .success(let attributes): held[Array(path.utf8)] = attributes
    case .failure(let error) where error.code == .objectNotFound: break
    case .failure(let error):
      unknown[Array(path.utf8)] = error.reason
      report.leaveUnfinished(objects.prefix + path, error.reason)
    }
  }

  /// From 000001 on until one is not there.
  /// - Parameter chunks: of the block: no segment has less than one.
  mutating func askForSegments(atMost chunks: Int64, _ report: inout BlockReport) async throws {
    for place in 0..<UInt64(max(1, chunks)) {
      let path = "\(BlockFolder.chunksName)/\(BlockFolder.segmentName(place))"
      let answer = try await attributes(of: objects.prefix + path)
      if case .failure(let error) = answer, error.code == .accessDenied, place > 0 {
        // As likely the end as a segment that is closed to us: the index will tell whether there must be another.
        unknown[Array(path.utf8)] = error.reason
        return
      }
      enter(answer, at: path, &report)
      guard case .success = answer else { return }
    }
  }

  /// Files that need not be there.
  mutating func askForOptional(_ paths: [String]) async throws {
    for path in paths {
      if case .success(let attributes) = try await attributes(of: objects.prefix + path) {
        held[Array(path.utf8)] = attributes
      }
    }
  }
}
