import ObjectStore
import Platform
import TSDB

/// Brings the bytes of a block's files into its staging folder: parts in parallel, those that are there left out.
struct BlockDownload: Sendable {
  let bucket: any Bucket
  /// Requests under way at a time.
  let requests: Int
  let folder: OpenFolder
  let chunks: OpenFolder
  let journal: DownloadJournal
  /// Called with bytes that are there, from now or from an earlier run; negative for what has to be fetched once more.
  let counted: @Sendable (Int64) -> Void

  /// What one request asks for, at most. Bytes.
  var partSize: UInt64 = 16 << 20

  private struct Part: Sendable {
    let file: RestorableFile
    let target: WritableFile
    let range: Range<UInt64>
  }

  /// The file in the staging folder; made if it is not there. Blocks.
  func target(_ file: RestorableFile) throws(FileError) -> WritableFile {
    let prefix = BlockFolder.chunksName + "/"
    guard file.path.hasPrefix(prefix) else { return try folder.file(file.path) }
    return try chunks.file(String(file.path.dropFirst(prefix.count)))
  }

  /// Fetches what is missing of the files.
  /// - Throws: `BucketError` (`.changed` where an object is no longer what the plan saw), `FileError`,
  ///   `CancellationError`.
  func run(_ files: [RestorableFile]) async throws {
    let parts = try await BlockingPool.shared.run { try files.flatMap(missingParts) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (number, part) in parts.enumerated() {
        if number >= requests { try await group.next() }
        group.addTask { try await fetch(part) }
      }
      try await group.waitForAll()
    }
  }

  /// Throws a file's bytes away and fetches it from the start.
  func runAgain(_ file: RestorableFile) async throws {
    try await BlockingPool.shared.run { try journal.begin(file) }
    counted(-Int64(clamping: file.size))
    try await run([file])
  }

  private func missingParts(of file: RestorableFile) throws(FileError) -> [Part] {
    let target = try target(file)
    var there = journal.stretches(of: file)
    let size = try target.size()
    if there.isEmpty || size != file.size {
      there = []
      try target.resize(to: 0)
      try target.resize(to: file.size)
      try journal.begin(file)
    }
    counted(there.reduce(0) { $0 &+ Int64(clamping: $1.count) })
    var parts: [Part] = []
    var offset: UInt64 = 0
    for stretch in there + [file.size..<file.size] {
      while offset < stretch.lowerBound {
        let end = offset + min(partSize, stretch.lowerBound - offset)
        parts.append(Part(file: file, target: target, range: offset..<end))
        offset = end
      }
      offset = stretch.upperBound
    }
    return parts
  }

  private func fetch(_ part: Part) async throws {
    try Task.checkCancellation()
    let writer = PartWriter(part.file, part.target, part.range, journal, counted)
    let attributes: ObjectAttributes
    do {
      attributes = try await bucket.get(part.file.key, range: part.range) { try await writer.take($0) }
    } catch {
      // What came before the failure need not come again. The failure itself is what is to be told.
      try? await writer.flush()
      throw error
    }
    try await writer.flush()
    guard await writer.isComplete, attributes.isSameVersion(as: part.file.attributes) else {
      throw BucketError(
        .changed, key: part.file.key, in: bucket.location, "it changed while it was read; run again to have it anew")
    }
  }
}

/// Gathers the bytes of a part and writes them in pieces that are worth a call and a line of the journal.
private actor PartWriter {
  private let file: RestorableFile
  private let target: WritableFile
  private let end: UInt64
  private let journal: DownloadJournal
  private let counted: @Sendable (Int64) -> Void
  /// Of the first byte that is not written yet.
  private var offset: UInt64
  private var gathered: [UInt8] = []

  private static let window = 1 << 20

  init(
    _ file: RestorableFile, _ target: WritableFile, _ range: Range<UInt64>, _ journal: DownloadJournal,
    _ counted: @escaping @Sendable (Int64) -> Void
  ) {
    self.file = file
    self.target = target
    self.offset = range.lowerBound
    self.end = range.upperBound
    self.journal = journal
    self.counted = counted
  }

  var isComplete: Bool { offset == end && gathered.isEmpty }

  func take(_ bytes: [UInt8]) async throws {
    // A server that sends more than was asked for must not write into the next part.
    let room = end - offset - UInt64(gathered.count)
    gathered += bytes.prefix(Int(clamping: room))
    if gathered.count >= Self.window { try await flush() }
  }

  func flush() async throws {
    guard !gathered.isEmpty else { return }
    let (bytes, start) = (gathered, offset)
    gathered.removeAll(keepingCapacity: true)
    offset = start + UInt64(bytes.count)
    try await BlockingPool.shared.run { [file, target, journal] in
      try unsafe target.write(bytes.span.bytes, at: start)
      try journal.add(start..<(start + UInt64(bytes.count)), to: file)
    }
    counted(Int64(bytes.count))
  }
}
