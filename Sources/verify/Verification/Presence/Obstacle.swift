import ObjectStore
import Platform

extension BlockReport {
  /// An object that could not be read: missing, or not to be looked at just now. The network, a permission or an
  /// archive tier say nothing of the object; a disk that fails does.
  mutating func take(_ error: BucketError, reading key: String) {
    switch error.code {
    case .objectNotFound:
      find(.missingObject, file: key, "it was listed, and is gone: deleted in the meantime?")
    case .rejected where error.cause is FileError: find(.unreadable, file: key, error.reason)
    default: leaveUnfinished(key, error.reason)
    }
  }

  /// A file that could not be read.
  mutating func take(_ error: FileError, reading path: String) {
    switch error.code {
    case .notFound: find(.missingFile, file: path, "the block cannot be read without it")
    case .permissionDenied: leaveUnfinished(path, "\(error)")
    default: find(.unreadable, file: path, "\(error)")
    }
  }

  /// Names what was not looked at, once.
  mutating func leaveUnfinished(_ file: String, _ reason: String) {
    guard !leavesUnfinished(file) else { return }
    unfinished.append(Unfinished(file: file, reason: reason))
  }

  /// Whether a file was not looked at to its end, by its path or key.
  func leavesUnfinished(_ file: String) -> Bool { unfinished.contains { $0.file.utf8.elementsEqual(file.utf8) } }

  /// Whether something was found of a file, by its path or key.
  func has(_ id: Finding.ID, of file: String) -> Bool {
    findings.contains { $0.id == id && $0.file.utf8.elementsEqual(file.utf8) }
  }

  /// Takes in what another check of the same block found. What both found about a file is there once.
  mutating func merge(_ other: BlockReport) {
    let known = findings
    for finding in other.findings {
      let isKnown = known.contains {
        $0.id == finding.id && $0.file.utf8.elementsEqual(finding.file.utf8) && $0.offset == finding.offset
      }
      if !isKnown, !isContradicted(finding) { findings.append(finding) }
    }
    for left in other.unfinished { leaveUnfinished(left.file, left.reason) }
    for file in other.files {
      add(file.evidence, to: file.path, size: file.size)
      if let sha256 = file.sha256 { add(sha256: sha256, to: file.path) }
    }
    bytesRead &+= other.bytesRead
    chunksChecked &+= other.chunksChecked
  }

  /// Whether a file is called missing that is there: who counts segments by their places names the last one, whichever
  /// of them is lost.
  private func isContradicted(_ finding: Finding) -> Bool {
    guard finding.id == .missingFile || finding.id == .missingObject else { return false }
    return file(path(inBlock: finding.file)) != nil
  }
}
