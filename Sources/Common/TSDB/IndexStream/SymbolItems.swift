/// The symbols of an index as they pass by: sorted, none twice.
struct SymbolItems: FramedItems {
  static let wrongEnd: StaticString = "the symbols to end where the section's length says"

  private var previous: [UInt8] = []
  private var hasPrevious = false
  private var unsorted: (first: UInt64, count: Int)?

  init() {}

  mutating func begin(_ count: UInt64, _ context: inout IndexContext) { context.symbols.reserve(count) }

  mutating func read(from reader: inout ByteReader, base: UInt64, _ context: inout IndexContext) throws(Fault) {
    let offset = base &+ UInt64(reader.position)
    let symbol = try reader.lengthPrefixedBytes()
    if hasPrevious, previous.rawBytes.order(comparedWith: symbol) >= 0 {
      context.symbols.isSorted = false
      unsorted = (unsorted?.first ?? offset, (unsorted?.count ?? 0) &+ 1)
    }
    previous.removeAll(keepingCapacity: true)
    unsafe symbol.withUnsafeBytes { unsafe previous.append(contentsOf: $0) }
    hasPrevious = true
    context.symbols.append(symbol, at: offset)
    context.symbols.end = base &+ UInt64(reader.position)
  }

  mutating func end(isIntact: Bool, _ context: inout IndexContext) {
    context.symbols.isIntact = isIntact
    guard isIntact, let unsorted else { return }
    context.faults.append(
      BlockFault(
        .symbolsUnsorted, file: context.file, offset: unsorted.first,
        "\(unsorted.count) symbols do not sort after the one before them, this is the first",
        occurrences: unsorted.count))
  }
}
