internal import Glibc
internal import Platform

/// Which keys a folder of files can hold.
enum FolderKey {
  /// Whether the key, taken as a path below a folder, names something in it and nothing else.
  static func isValid(_ key: String) -> Bool {
    !key.utf8.contains(0)
      && key.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { segment in
        !segment.isEmpty && !segment.elementsEqual(".".utf8) && !segment.elementsEqual("..".utf8)
      }
  }

  /// Whether the name is one of those that unfinished writes have.
  static func isTemporary(_ name: String) -> Bool {
    name.utf8.suffix(AtomicFile.temporarySuffix.utf8.count).elementsEqual(AtomicFile.temporarySuffix.utf8)
  }
}

extension FileError {
  /// The call was meant for a file and met a folder.
  var isFolder: Bool { number == EISDIR }

  static func notAFolder(_ path: String) -> FileError { FileError(action: "open", path: path, number: ENOTDIR) }
}
