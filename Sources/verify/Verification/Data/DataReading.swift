import BlockBytes
import Platform
import TSDB

/// Streams the files of a block past their checks.
struct DataReading: Sendable {
  let data: any BlockData
  let computesHashes: Bool

  /// Streams a file once past `look`, which may block, and if asked for through its hash.
  /// - Throws: `CancellationError` only; why a file could not be read stands in what is returned.
  func pass(_ file: DataFile, _ look: @escaping @Sendable ([UInt8]) -> Void) async throws -> CheckedFile {
    try await pass(file) { window in await BlockingPool.shared.run { look(window) } }
  }

  /// The same for a check that sees to threads itself. The next bytes come when `take` has returned.
  func pass(_ file: DataFile, take: @escaping @Sendable ([UInt8]) async -> Void) async throws -> CheckedFile {
    let hash = computesHashes ? StreamedHash() : nil
    let count = ByteCounter()
    var checked = CheckedFile(file: file)
    checked.failure = try await failure {
      try await data.stream(file) { window in
        _ = count.add(UInt64(window.count))
        await hash?.add(window)
        await take(window)
      }
    }
    if checked.failure == nil { checked.sha256 = await hash?.finalize() }
    checked.bytesRead = count.total
    return checked
  }

  /// - Returns: why `work` failed, `nil` if it did not.
  /// - Throws: `CancellationError` only.
  func failure(_ work: () async throws -> Void) async throws -> (any Error)? {
    do {
      try await work()
      return nil
    } catch let error as CancellationError {
      throw error
    } catch {
      return error
    }
  }
}

/// A file after it was streamed, and what its check told.
struct Checked<Result: Sendable>: Sendable {
  var file: CheckedFile
  var result: Result
}

/// A file after it was streamed.
struct CheckedFile: Sendable {
  let file: DataFile
  var faults = FaultList()
  var sha256: String?
  var bytesRead: UInt64 = 0
  /// Why it could not be read to its end.
  var failure: (any Error)?
  /// Whether every CRC-32C was found; after a length that cannot be, those behind it are not.
  var isWhole = true

  /// Enters what is known of the file.
  func settle(_ report: inout BlockReport) {
    report.bytesRead &+= bytesRead
    report.take(faults)
    report.add(failure == nil && isWhole ? [.crc32c] : [], to: file.path, size: file.size)
    if let sha256 { report.add(sha256: sha256, to: file.path) }
    if let failure { report.leave(file.name, failure) }
  }
}

extension BlockReport {
  /// Notes what could not be read: that says nothing of the block.
  mutating func leave(_ file: String, _ error: any Error) {
    unfinished.append(Unfinished(file: file, reason: "\(error)"))
  }
}
