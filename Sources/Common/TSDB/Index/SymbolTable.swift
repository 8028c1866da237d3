import Platform

/// The strings of an index: every label name and value once.
///
///     ┌───────────┬────────────┬──────────────────────────────┬─────────┐
///     │ len <4 B> │ count <4 B>│ uvarint length, bytes │ …     │ CRC-32C │
///     └───────────┴────────────┴──────────────────────────────┴─────────┘
///
/// Of every 32nd symbol the offset is kept, as Prometheus does: an eighth of a byte a symbol, however many there are,
/// for some 16 lengths to step over in a look-up. All offsets would cost 32 times the memory to speed up what is done
/// for the few series that get shown; series are compared by reference.
/// - Thread safety: nothing changes after `Index.symbols()`.
public struct SymbolTable: Sendable {
  static let stride = 32

  private let file: FileBytes
  private let isVersion1: Bool
  /// Where the strings are, in bytes from the start of the file.
  private let strings: Range<Int>
  /// Offset of every 32nd symbol, in bytes from the start of `strings`.
  private let samples: [UInt32]
  public let count: Int
  /// Whether each symbol sorts after the one before it, as the format demands. The order is that of the bytes.
  public let isSorted: Bool

  fileprivate init(_ index: Index, checkingChecksum: Bool) throws(Fault) {
    let (strings, count) = try index.symbolsHeader(checkingChecksum: checkingChecksum)
    var reader = ByteReader(index.bytes, in: strings)
    var samples: [UInt32] = []
    var sorted = true
    var previous = RawSpan()
    for number in 0..<count {
      if number % Self.stride == 0 { samples.append(UInt32(truncatingIfNeeded: reader.position - strings.lowerBound)) }
      let symbol = try reader.lengthPrefixedBytes()
      if number > 0, previous.order(comparedWith: symbol) >= 0 { sorted = false }
      previous = symbol
      index.file.touched(symbol.byteCount + 1)
    }
    guard reader.isAtEnd else {
      throw Fault(
        .malformed, at: reader.position, expected: "the symbols to end where the section's length says",
        found: UInt64(count))
    }
    (file, isVersion1, isSorted) = (index.file, index.isVersion1, sorted)
    (self.strings, self.samples, self.count) = (strings, samples, count)
  }

  /// The bytes of a symbol.
  ///
  /// In version 1 a reference into the middle of a symbol cannot be told from a good one without going through all.
  /// - Throws: `outOfRange` for a reference outside of the table.
  @_lifetime(borrow self)
  public func bytes(of reference: UInt32) throws(TSDBError) -> RawSpan {
    do throws(Fault) {
      if isVersion1 {
        guard strings.contains(Int(reference)) else { throw unknown(reference) }
        var reader = ByteReader(file.bytes, in: Int(reference)..<strings.upperBound)
        return try reader.lengthPrefixedBytes()
      }
      guard Int(reference) < count else { throw unknown(reference) }
      var reader = reader(atSample: Int(reference) / Self.stride)
      for _ in 0..<(Int(reference) % Self.stride) { _ = try reader.lengthPrefixedBytes() }
      return try reader.lengthPrefixedBytes()
    } catch {
      throw TSDBError(error, in: file.name)
    }
  }

  /// A symbol as text to show. Look-ups and comparisons go by bytes or references.
  public func text(of reference: UInt32) throws(TSDBError) -> String {
    String(showing: try bytes(of: reference))
  }

  /// The reference of a string, or nil if no label name and no value is that.
  public func reference(of symbol: RawSpan) throws(TSDBError) -> UInt32? {
    do throws(Fault) {
      let start = isSorted ? try lastSample(notAfter: symbol) : 0
      let end = isSorted ? min(count, (start + 1) * Self.stride) : count
      guard start * Self.stride < end else { return nil }
      var reader = reader(atSample: start)
      for number in (start * Self.stride)..<end {
        let position = reader.position
        if try reader.lengthPrefixedBytes().isEqual(to: symbol) {
          return UInt32(truncatingIfNeeded: isVersion1 ? position : number)
        }
      }
      return nil
    } catch {
      throw TSDBError(error, in: file.name)
    }
  }

  /// Hands over every symbol in the order of the file.
  public func forEach(_ body: (_ reference: UInt32, _ symbol: RawSpan) throws -> Void) throws {
    var reader = ByteReader(file.bytes, in: strings)
    for number in 0..<count {
      let position = reader.position
      let symbol: RawSpan
      do throws(Fault) {
        symbol = try reader.lengthPrefixedBytes()
      } catch {
        throw TSDBError(error, in: file.name)
      }
      try body(UInt32(truncatingIfNeeded: isVersion1 ? position : number), symbol)
      file.touched(symbol.byteCount + 1)
    }
  }

  @_lifetime(borrow self)
  private func reader(atSample sample: Int) -> ByteReader {
    ByteReader(file.bytes, in: (strings.lowerBound + Int(samples[sample]))..<strings.upperBound)
  }

  /// The last sampled symbol that does not sort after `symbol`; 0 if all do.
  private func lastSample(notAfter symbol: RawSpan) throws(Fault) -> Int {
    var low = 0
    var high = samples.count
    while high - low > 1 {
      let middle = (low + high) / 2
      var reader = reader(atSample: middle)
      if try reader.lengthPrefixedBytes().order(comparedWith: symbol) <= 0 { low = middle } else { high = middle }
    }
    return low
  }

  private func unknown(_ reference: UInt32) -> Fault {
    Fault(
      .outOfRange, at: strings.lowerBound, expected: "a reference that the symbol table has", found: UInt64(reference))
  }
}

extension Index {
  /// Reads the symbol table in one pass.
  public func symbols(checkingChecksum: Bool = true) throws(TSDBError) -> SymbolTable {
    do throws(Fault) {
      return try SymbolTable(self, checkingChecksum: checkingChecksum)
    } catch {
      throw TSDBError(error, in: name)
    }
  }

  /// Where the symbols' strings are and how many the table says there are. A string takes a byte at least.
  fileprivate func symbolsHeader(checkingChecksum: Bool) throws(Fault) -> (strings: Range<Int>, count: Int) {
    var reader = reader(of: .symbols)
    guard reader.remaining > 0 else { return (reader.position..<reader.position, 0) }
    let payload = try reader.frame(of: file, checkingChecksum: checkingChecksum)
    reader = ByteReader(bytes, in: payload)
    let count = try reader.uint32()
    guard count <= UInt64(reader.remaining) else {
      throw Fault(
        .outOfRange, at: payload.lowerBound, expected: "a number of symbols that the section has room for",
        found: UInt64(count))
    }
    return (reader.position..<payload.upperBound, Int(count))
  }

  /// The references that labels may have, from the section's header alone.
  func symbolBounds() throws(TSDBError) -> SymbolBounds {
    do throws(Fault) {
      let header = try symbolsHeader(checkingChecksum: false)
      guard isVersion1 else { return SymbolBounds(lowest: 0, count: UInt64(header.count)) }
      // References have 32 bits; a section may end beyond what they reach.
      let end = min(UInt64(header.strings.upperBound), 1 << 32)
      let lowest = UInt64(header.strings.lowerBound)
      return SymbolBounds(lowest: lowest, count: end - min(lowest, end))
    } catch {
      throw TSDBError(error, in: name)
    }
  }
}
