import Platform

/// Checks an index while its bytes pass by once, from front to back, in windows of any size: from a file or a bucket.
///
/// What is enforced: every CRC-32C, zeros in the padding, sections that fill the file; symbols sorted and unique;
/// series strictly rising, with sorted labels of which none is empty; postings lists rising, complete and of real
/// series; offset tables that lead to the lists; chunks in order and inside of the block.
///
/// - Memory: 8 bytes a symbol, 16 a postings list, 1 for each 128 of the series section, and 8 MiB: 5 to 10 % of a
///   usual index, some 200 MiB for one of any size. Beyond 8 million symbols, 4 million label pairs or 8 GiB of series
///   no postings list is held against the series, which is noted.
/// - Errors: damage is reported and passed over, see `SeriesSection` and `ListSection`. While there is any, sums over
///   the whole index (is each postings list complete?) say nothing and are not compared.
/// - Every byte is taken for hostile: nothing allocates by a length that was only read.
public struct IndexStreamCheck: ~Copyable {
  /// Bytes at the end of the file that have to be read beforehand.
  public static let tailSize: UInt64 = 52

  private let size: UInt64
  private let contents: TableOfContents?
  private var context: IndexContext
  /// Where the bytes that come next begin in the file.
  private var offset: UInt64 = 0
  /// The start of what goes on in the next window.
  private var carried: [UInt8] = []
  private var section = TableOfContents.Section.header
  /// Whether what follows the header can be read: without a table of contents nothing tells where the sections are.
  private var isReadable: Bool

  private var symbols = FramedSection<SymbolItems>()
  private var series = SeriesSection()
  private var labelIndices = ListSection(.labelIndices)
  private var postings = ListSection(.postings)
  private var labelTable = FramedSection<LabelTableRows>()
  private var postingsTable = FramedSection<PostingsTableRows>()

  /// - Parameters:
  ///   - file: what faults call it, its path or key.
  ///   - size: of the whole file, in bytes.
  ///   - tail: its last `tailSize` bytes, or all of a shorter file.
  public init(
    file: String, size: UInt64, tail: [UInt8], surroundings: IndexSurroundings = IndexSurroundings(),
    limits: IndexLimits = IndexLimits()
  ) {
    self.size = size
    isReadable = true
    context = IndexContext(file: file, surroundings: surroundings, limits: limits)
    do throws(Fault) {
      contents = try TableOfContents(tail.rawBytes, fileSize: Int(clamping: size))
    } catch {
      contents = nil
      isReadable = false
      context.find(error, base: 0)
    }
    if let contents {
      context.labels = LabelLedger(tableSize: contents.range(of: .postingsTable).count)
    }
  }

  /// Takes the next bytes of the file.
  /// - Parameter visit: gets every series that ends in them and could be read, in the order of the file.
  public mutating func scan(_ window: RawSpan, visit: (borrowing SeriesEntry) -> Void = { _ in }) {
    var place = 0
    while place < window.byteCount {
      let end = min(sectionEnd, size)
      let left = Int(clamping: end &- min(end, offset &+ UInt64(carried.count)))
      if left == 0 {
        guard enterNextSection() else { return }
        continue
      }
      let count = min(left, window.byteCount &- place)
      feed(window.extracting(place..<place &+ count), endsSection: count == left, visit)
      place &+= count
    }
  }

  /// Of the section at hand.
  private var sectionEnd: UInt64 {
    guard let contents else { return section == .header ? UInt64(Index.headerByteCount) : size }
    return UInt64(contents.range(of: section).upperBound)
  }

  /// - Returns: whether there is one.
  private mutating func enterNextSection() -> Bool {
    guard isReadable, let next = TableOfContents.Section(rawValue: section.rawValue + 1) else { return false }
    section = next
    return true
  }

  /// Takes bytes that all belong to the section at hand.
  private mutating func feed(_ bytes: RawSpan, endsSection: Bool, _ visit: (borrowing SeriesEntry) -> Void) {
    var place = 0
    // Taken out, as sections must not be changed while bytes of this are lent to them.
    var front: [UInt8] = []
    swap(&front, &carried)
    while !front.isEmpty, place < bytes.byteCount {
      // What a section asks for is only a hint: bytes are added as they come, so that nothing is copied for a length
      // that was only read.
      let before = front.count
      let wanted = max(context.needed &- before, 64)
      let count = min(wanted, bytes.byteCount &- place)
      Self.append(bytes.extracting(place..<place &+ count), to: &front)
      let isAll = place &+ count == bytes.byteCount
      if front.count < context.needed, !(isAll && endsSection) {
        place &+= count
        continue
      }
      let used = step(front.rawBytes, isEnd: isAll && endsSection, visit)
      offset &+= UInt64(used)
      if used >= before {
        place &+= used &- before
        front.removeAll(keepingCapacity: true)
      } else {
        front.removeFirst(used)
        place &+= count
      }
    }
    if front.isEmpty, place < bytes.byteCount {
      let used = step(bytes.extracting(place..<bytes.byteCount), isEnd: endsSection, visit)
      offset &+= UInt64(used)
      Self.append(bytes.extracting((place &+ used)..<bytes.byteCount), to: &front)
    }
    if endsSection {
      offset = sectionEnd
      front.removeAll(keepingCapacity: true)
      context.needed = 0
    }
    swap(&front, &carried)
  }

  private static func append(_ bytes: RawSpan, to array: inout [UInt8]) {
    if bytes.byteCount > 0 { unsafe bytes.withUnsafeBytes { unsafe array.append(contentsOf: $0) } }
  }

  /// Has the section take bytes.
  /// - Returns: how many it used.
  private mutating func step(_ bytes: RawSpan, isEnd: Bool, _ visit: (borrowing SeriesEntry) -> Void) -> Int {
    context.needed = 0
    let end = isEnd ? offset &+ UInt64(bytes.byteCount) : sectionEnd
    switch section {
    case .header: return takeHeader(bytes, isEnd)
    case .symbols: return symbols.take(bytes, at: offset, sectionEnd: end, &context)
    case .series: return series.take(bytes, at: offset, sectionEnd: end, &context, visit)
    case .labelIndices: return labelIndices.take(bytes, at: offset, sectionEnd: end, &context)
    case .postings: return postings.take(bytes, at: offset, sectionEnd: end, &context)
    case .labelIndicesTable: return labelTable.take(bytes, at: offset, sectionEnd: end, &context)
    case .postingsTable: return postingsTable.take(bytes, at: offset, sectionEnd: end, &context)
    // It was read beforehand.
    case .tableOfContents: return bytes.byteCount
    }
  }

  private mutating func takeHeader(_ bytes: RawSpan, _ isEnd: Bool) -> Int {
    context.needed = Index.headerByteCount
    guard isEnd || bytes.byteCount >= Index.headerByteCount else { return 0 }
    do throws(Fault) {
      context.isVersion1 = try Index.version(ofHeader: bytes) == 1
    } catch {
      context.find(error, base: 0)
      // In a version that is not known every section would be misread.
      if error.code != .badMagic { isReadable = false }
    }
    if isReadable, bytes.byteCount > Index.headerByteCount {
      context.find(.indexPadding, at: UInt64(Index.headerByteCount), "bytes that belong to nothing")
    }
    context.symbols = SymbolLedger(isVersion1: context.isVersion1, limit: context.limits.symbols)
    let start = contents?.range(of: .series).lowerBound ?? 0
    context.series = SeriesSet(
      start: UInt64(start), alignment: context.isVersion1 ? 1 : 16, limit: context.limits.seriesPlaces)
    return bytes.byteCount
  }

  /// To be called when the file has ended.
  /// - Parameter endsHere: whether it has indeed; `false` where it could not be read any further, which is no fault of
  ///   it.
  public mutating func finish(endsHere: Bool = true) -> IndexFindings {
    if !endsHere {
      context.isDamaged = true
    } else if isReadable, offset &+ UInt64(carried.count) < size {
      context.find(
        Fault(.truncated, at: Int(clamping: offset), expected: "as many bytes as the file had at first"), base: 0)
    }
    context.judge()
    context.counts.isComplete = isReadable && !context.isDamaged
    return IndexFindings(context, contents)
  }
}

extension Index {
  /// Reads the first five bytes.
  static func version(ofHeader bytes: RawSpan) throws(Fault) -> UInt8 {
    var reader = ByteReader(bytes)
    let magic = try reader.uint32()
    guard magic == Self.magic else {
      throw Fault(.badMagic, at: 0, expected: "an index's magic number, 0xBAAAD700", found: UInt64(magic))
    }
    let version = try reader.uint8()
    guard (1...3).contains(version) else {
      throw Fault(.unsupportedVersion, at: 4, expected: "index version 1, 2 or 3", found: UInt64(version))
    }
    return version
  }
}

extension IndexContext {
  /// What can be said when everything has passed by.
  fileprivate mutating func judge() {
    guard !isDamaged, symbols.isIntact || counts.series == 0 else { return }
    if !hasWrongTable {
      postings.forEachUnnamed { offset in
        find(.offsetTable, at: offset, "a postings list that no row of the offset table leads to")
      }
      labelIndices.forEachUnnamed { offset in
        find(.offsetTable, at: offset, "a label index that no row of the offset table leads to")
      }
    }
    if !hasListOfAll, counts.series > 0 {
      find(.postingsIncomplete, at: 0, "there is no list of all series")
    }
  }

  /// Whether sums over the whole index can be compared.
  var hasSums: Bool {
    !isDamaged && !hasWrongTable && seriesAreIntact && symbols.isWhole && postings.isWhole
  }
}
