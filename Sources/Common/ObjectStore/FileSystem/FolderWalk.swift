internal import Platform

/// One page of a listing of a folder of files, in the order of the keys' bytes.
///
/// That order is not the order of names: `a-b` and `a.b` come before `a/b`, and `a0` after. Within a folder, it is that
/// of the names with a `/` put behind those of folders; a page is a stretch of the walk through the tree in that order.
struct FolderWalk {
  private let root: String
  private let prefix: [UInt8]
  private let style: ListingStyle
  /// Entries up to and including this key, or folder, came before.
  private let token: [UInt8]?
  private let limit: Int
  private let cancellation: Cancellation

  private var page = ListingPage(objects: [], folders: [], next: nil)
  /// The last entry taken.
  private var last = ""

  init(root: String, prefix: String, style: ListingStyle, after token: String?, limit: Int, cancellation: Cancellation)
  {
    self.root = root
    self.prefix = Array(prefix.utf8)
    self.style = style
    self.token = token.map { Array($0.utf8) }
    self.limit = limit
    self.cancellation = cancellation
  }

  /// - Throws: `FileError`, `CancellationError`.
  mutating func nextPage() throws -> ListingPage {
    let folder = prefix.lastIndex(of: UInt8(ascii: "/")).map { String(decoding: prefix[...$0], as: UTF8.self) } ?? ""
    // The bucket's own folder must be there; one below it need not.
    guard folder.isEmpty || FolderKey.isValid(String(folder.dropLastByte())) else {
      _ = try Directory.entries(of: root)
      return page
    }
    do {
      _ = try walk(folder)
    } catch let error as FileError where !folder.isEmpty && error.isMissing {
      _ = try Directory.entries(of: root)
    }
    return page
  }

  /// - Parameter folder: `""`, or the key of a folder with its `/`.
  /// - Returns: whether to go on; not once the page is full.
  private mutating func walk(_ folder: String) throws -> Bool {
    for entry in try sortedEntries(of: folder) {
      try cancellation.check()
      let bytes = Array(entry.key.utf8)
      guard bytes.starts(with: prefix), !isBefore(bytes, isFolder: entry.isFolder) else { continue }
      guard try entry.isFolder ? takeFolder(entry.key) : takeFile(entry.key) else { return false }
    }
    return true
  }

  private mutating func takeFolder(_ key: String) throws -> Bool {
    do {
      if style == .recursive { return try walk(key) }
      guard try holdsObject(key) else { return true }
    } catch let error as FileError where isGone(key, error) {
      return true
    }
    guard hasRoom() else { return false }
    page.folders.append(key)
    last = key
    return true
  }

  private mutating func takeFile(_ key: String) throws -> Bool {
    let status: Directory.Status
    do throws(FileError) {
      status = try Directory.status(of: "\(root)/\(key)")
    } catch {
      if isGone(key, error) { return true }
      throw error
    }
    guard status.kind == .file else { return true }
    guard hasRoom() else { return false }
    let attributes = ObjectAttributes(size: status.size, modified: status.modified, etag: nil)
    page.objects.append(ListedObject(key: key, attributes: attributes))
    last = key
    return true
  }

  /// Whether what was there is so no more: deleted since its name was read. A name that is no UTF-8 could not be read as
  /// it is, so that nothing is found under it: that must be an error, not an object left out.
  private func isGone(_ key: String, _ error: FileError) -> Bool {
    error.isMissing && !key.unicodeScalars.contains("\u{FFFD}")
  }

  /// Whether one more entry fits; if not, the next page begins after the last one that did.
  private mutating func hasRoom() -> Bool {
    if page.objects.count + page.folders.count < limit { return true }
    page.next = ListingToken(last)
    return false
  }

  /// Whether all of an entry came on an earlier page.
  private func isBefore(_ key: [UInt8], isFolder: Bool) -> Bool {
    guard let token else { return false }
    if isFolder, style == .recursive, token.starts(with: key) { return false }
    return !token.lexicographicallyPrecedes(key)
  }

  private struct Entry {
    let key: String
    let isFolder: Bool
  }

  private func sortedEntries(of folder: String) throws(FileError) -> [Entry] {
    var entries: [Entry] = []
    for entry in try Directory.entries(of: "\(root)/\(folder)") {
      switch entry.kind {
      case .file where !FolderKey.isTemporary(entry.name):
        entries.append(Entry(key: folder + entry.name, isFolder: false))
      case .directory where !entry.isLink: entries.append(Entry(key: folder + entry.name + "/", isFolder: true))
      default: break
      }
    }
    return entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
  }

  /// Whether there is any object below a folder: folders without are no part of a bucket.
  private func holdsObject(_ folder: String) throws -> Bool {
    try cancellation.check()
    let entries = try sortedEntries(of: folder)
    if entries.contains(where: { !$0.isFolder }) { return true }
    for entry in entries where try holdsObject(entry.key) { return true }
    return false
  }
}

extension FileError {
  fileprivate var isMissing: Bool { code == .notFound || code == .notADirectory }
}

extension String {
  /// Without the `/` at its end, by bytes.
  fileprivate func dropLastByte() -> String { String(decoding: utf8.dropLast(), as: UTF8.self) }
}
