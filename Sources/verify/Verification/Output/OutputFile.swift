import Console
import Platform
import Synchronization

/// A file that an option names, written piece by piece while a run lasts and there under its name when it is whole.
final class OutputFile: Sendable {
  private let file: Mutex<AtomicFile?>
  private let permissions: UInt32?

  /// Blocks.
  /// - Parameters:
  ///   - path: a link is followed, and not replaced.
  ///   - option: the flag that names it, for the error.
  ///   - permissions: whatever the process' mask says; `nil` to go by that.
  /// - Throws: `UnwritableOutput`.
  init(_ path: String, option: String, permissions: UInt32? = nil) throws(UnwritableOutput) {
    self.permissions = permissions
    do {
      // A device or a pipe would be replaced by a file (`/dev/stdout`, as root even `/dev/null`).
      if let kind = try Self.kind(of: path), kind != .file { throw UnwritableOutput(option: option, notAFile: path) }
      let path = Directory.destination(of: path) ?? path
      AtomicFile.removeStale(in: AtomicFile.folder(of: path))
      file = Mutex(try AtomicFile(path))
    } catch let error as UnwritableOutput {
      throw error
    } catch {
      throw UnwritableOutput(option: option, cause: error)
    }
  }

  private static func kind(of path: String) throws -> Directory.Kind? {
    do {
      return try Directory.status(of: path).kind
    } catch {
      if (error as FileError).code == .notFound { return nil }
      throw error
    }
  }

  /// Blocks.
  func write(_ bytes: [UInt8]) throws {
    try file.withLock { file throws(FileError) in try unsafe file?.write(bytes.span.bytes) }
  }

  /// Lets the file appear. Blocks.
  func commit() throws {
    try file.withLock { file throws(FileError) in
      guard let whole = file.take() else { return }
      if let permissions { try whole.setPermissions(permissions) }
      try whole.commit()
    }
  }
}

/// An option that names a file which cannot be written.
struct UnwritableOutput: ErrorWithExitStatus, CustomStringConvertible {
  private let option: String
  private let reason: String
  private var advice = "give a file that can be written"

  init(option: String, cause: any Error) { (self.option, reason) = (option, "\(cause)") }
  init(option: String, notAFile path: String) { (self.option, reason) = (option, "\(path) is no regular file") }

  /// - Parameter folder: which, and where.
  init(option: String, path: String, inside folder: String) {
    (self.option, reason) = (option, "\(path) lies in \(folder), which is only read")
    advice = "give a file outside of it"
  }

  init(option: String, and other: String, bothName path: String) {
    (self.option, reason) = (option == other ? option : "\(option) and \(other)", "both name \(path)")
    advice = "give each a file of its own"
  }

  var exitStatus: ExitStatus { .usage }
  var description: String { "\(option): \(reason); \(advice)" }
}
