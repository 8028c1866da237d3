import BlockBytes
import Platform
import TSDB

/// Sorts the hashes of groups into classes.
struct GroupClasses: Sendable {
  /// 2 to the power of this many.
  let bits: Int

  var count: Int { 1 << bits }

  /// By the upper bits: the lower ones are those that tables of groups go by.
  @inline(__always)
  func number(of hash: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: UInt64(bitPattern: Int64(hash)) &>> UInt64(64 &- bits))
  }
}

/// Chooses which groups are told apart where there are more than can be held: those with the most bytes, as far as two
/// passes over the index can tell.
///
/// The first pass sums up the bytes of classes of groups, by a hash: no group has more than its class. The second one
/// takes the groups of the largest classes, and as soon as they become too many leaves those of the smaller half. So
/// whatever is left out has no more bytes than the largest class that was: `bound`.
///
/// - Memory: 16 MiB for the classes, and the groups' values.
struct GroupShortlist: Sendable {
  /// Closed.
  private(set) var groups: SeriesGroups
  /// No group that is not in `groups` has more bytes in the segments. By the index: chunks that it does not have count
  /// for those in front of them.
  var bound: UInt64 { border?.bytes ?? 0 }

  private struct Class: Comparable {
    let bytes: UInt64
    let number: UInt32

    static func < (left: Class, right: Class) -> Bool { (left.bytes, left.number) < (right.bytes, right.number) }
  }

  private let classes: GroupClasses
  private let bytes: [UInt64]
  /// The largest class that was left out.
  private var border: Class?

  /// - Parameters:
  ///   - bytes: of each class.
  ///   - groups: none yet.
  init(_ classes: GroupClasses, _ bytes: [UInt64], groups: SeriesGroups) {
    (self.classes, self.bytes, self.groups) = (classes, bytes, groups)
  }

  private func largeness(of hash: Int) -> Class {
    let number = classes.number(of: hash)
    return Class(bytes: bytes[Int(number)], number: number)
  }

  /// Takes a series that is not left out.
  mutating func take(_ entry: borrowing SeriesEntry) {
    if let border, largeness(of: groups.hash(of: entry)) <= border { return }
    do throws(SeriesGroups.TooMany) {
      _ = try groups.number(of: entry)
    } catch {
      raise()
      // Fits now, unless it is itself one of those that go.
      if let border, largeness(of: groups.hash(of: entry)) <= border { return }
      _ = try? groups.number(of: entry)
    }
  }

  /// Leaves out the smaller half of the groups.
  private mutating func raise() {
    let found = groups.hashes.map { largeness(of: $0) }.sorted()
    guard !found.isEmpty else { return }
    let border = found[(found.count - 1) / 2]
    self.border = border
    let (classes, bytes) = (classes, bytes)
    groups.keep { hash in
      let number = classes.number(of: hash)
      return border < Class(bytes: bytes[Int(number)], number: number)
    }
  }

  mutating func close() { groups.close() }
}
