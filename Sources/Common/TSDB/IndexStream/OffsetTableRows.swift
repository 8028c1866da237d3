/// The rows of the postings offset table as they pass by: sorted (in version 2), each of them naming a list of its own.
struct PostingsTableRows: FramedItems {
  static let wrongEnd: StaticString = "the rows to end where the table's length says"

  private var previous: (name: [UInt8], value: [UInt8]) = ([], [])
  private var rows = 0
  /// Whether a row has no list of its own.
  private var misses = false
  private var hasAll = false
  /// Version 1, where rows stand in any order: the hashes of their labels.
  private var seen: [UInt64] = []
  /// Of no account if the table turns out to be damaged.
  private var pending = FaultList()

  init() {}

  mutating func begin(_ count: UInt64, _ context: inout IndexContext) {}

  mutating func read(from reader: inout ByteReader, base: UInt64, _ context: inout IndexContext) throws(Fault) {
    let offset = base &+ UInt64(reader.position)
    let row = try PostingsRow(from: &reader)
    checkOrder(of: row, offset, context)
    rows &+= 1
    let (name, value) = (LabelHash.of(row.name), LabelHash.of(row.value))
    let label = LabelHash.pair(name, value)
    if label == LabelLedger.all, row.name.byteCount == 0, row.value.byteCount == 0 {
      hasAll = true
    } else {
      context.labelIndexSum &-= (name | 1) &* LabelHash.mixed(value)
    }
    if context.isVersion1 { seen.append(label) }
    switch context.postings.find(row.offset) {
    case .list(let sum): context.labels.remove(label, sum)
    case .again:
      misses = true
      find(.offsetTable, offset, context, "another label has this postings list, at \(row.offset), too")
    case .none where context.postings.isWhole && !context.isDamaged:
      misses = true
      find(.offsetTable, offset, context, "no postings list begins at offset \(row.offset)")
    case .none: break
    }
  }

  private mutating func checkOrder(of row: borrowing PostingsRow, _ offset: UInt64, _ context: IndexContext) {
    if !context.isVersion1 {
      if rows > 0, row.order(comparedWith: previous.name.rawBytes, previous.value.rawBytes) <= 0 {
        find(.offsetTable, offset, context, "the label does not sort after that of the row before it")
      }
      Self.copy(row.name, to: &previous.name)
      Self.copy(row.value, to: &previous.value)
    }
  }

  private static func copy(_ bytes: RawSpan, to array: inout [UInt8]) {
    array.removeAll(keepingCapacity: true)
    unsafe bytes.withUnsafeBytes { unsafe array.append(contentsOf: $0) }
  }

  private mutating func find(_ kind: BlockFault.Kind, _ offset: UInt64, _ context: IndexContext, _ message: String) {
    if pending.count(kind, in: context.file) {
      pending.keep(BlockFault(kind, file: context.file, offset: offset, message))
    }
  }

  mutating func end(isIntact: Bool, _ context: inout IndexContext) {
    guard isIntact else { return }
    seen.sort()
    for place in seen.indices.dropFirst() where seen[place] == seen[place - 1] {
      pending.append(BlockFault(.offsetTable, file: context.file, "the postings offset table names a label twice"))
    }
    context.hasListOfAll = hasAll
    context.faults.append(contentsOf: pending)
    context.hasWrongTable = context.hasWrongTable || misses
  }
}

/// The rows of the label offset table (Prometheus up to 3.6) as they pass by.
struct LabelTableRows: FramedItems {
  static let wrongEnd: StaticString = "the rows to end where the table's length says"

  private var pending = FaultList()

  init() {}

  mutating func begin(_ count: UInt64, _ context: inout IndexContext) {}

  mutating func read(from reader: inout ByteReader, base: UInt64, _ context: inout IndexContext) throws(Fault) {
    let offset = base &+ UInt64(reader.position)
    let row = try LabelIndexRow(from: &reader)
    switch context.labelIndices.find(row.offset) {
    case .list(let sum): context.labelIndexSum &+= (LabelHash.of(row.name) | 1) &* sum
    case .again: find(offset, context, "another label name has this label index, at \(row.offset), too")
    case .none where context.labelIndices.isWhole && !context.isDamaged:
      find(offset, context, "no label index begins at offset \(row.offset)")
    case .none: break
    }
  }

  private mutating func find(_ offset: UInt64, _ context: IndexContext, _ message: String) {
    if pending.count(.offsetTable, in: context.file) {
      pending.keep(BlockFault(.offsetTable, file: context.file, offset: offset, message))
    }
  }

  mutating func end(isIntact: Bool, _ context: inout IndexContext) {
    guard isIntact else { return }
    context.faults.append(contentsOf: pending)
    if !pending.isEmpty { context.hasWrongTable = true }
  }
}
