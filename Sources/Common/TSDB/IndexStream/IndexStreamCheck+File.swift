public import Platform

extension IndexStreamCheck {
  /// Checks an index on disk, all but what `IndexFindings.judgePostings` compares. Blocks.
  /// - Parameters:
  ///   - goOn: called every now and then.
  ///   - visit: gets every series that could be read, in the order of the file.
  /// - Throws: `FileError`, and what `goOn` throws.
  public static func run(
    on file: OpenFile, surroundings: IndexSurroundings = IndexSurroundings(), goOn: () throws -> Void = {},
    visit: (borrowing SeriesEntry) -> Void = { _ in }
  ) throws -> IndexFindings {
    let tail = try file.read((file.size - min(file.size, tailSize))..<file.size)
    var check = IndexStreamCheck(file: file.path, size: file.size, tail: tail, surroundings: surroundings)
    try file.forEachWindow(of: 0..<file.size) { window in
      try goOn()
      check.scan(window, visit: visit)
    }
    return check.finish()
  }
}
