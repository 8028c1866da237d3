import ObjectStore
import Platform
import Quantities
import TSDB
import Thanos

/// What a block's deletion-mark.json says: whether the compactor is at its ordinary work, or has not come by for long.
enum DeletionMark: Sendable {
  case none
  /// - Parameters:
  ///   - age: ms since the block was marked.
  ///   - details: why, as whoever marked it wrote.
  case made(age: Int64, details: String)
  /// Thanos takes a mark that it cannot read for none, and says so in its log.
  case malformed(TSDBError)
  /// It is there, and could not be looked at.
  case unread(BucketError)

  /// Added to the delay before a deletion is called late, ms: the compactor comes by when its compactions let it.
  static let margin: Int64 = 24 * 3_600_000

  /// - Parameter now: milliseconds since 1970.
  /// - Throws: `CancellationError`.
  init(
    of objects: BlockObjects, _ listing: ObjectListing, in bucket: any Bucket, now: Int64 = WallClock.milliseconds
  ) async throws {
    let key = objects.marker(.deletion)
    guard listing.size(of: Marker.Kind.deletion.fileName) != nil else {
      self = .none
      return
    }
    do {
      let marker = try Marker(parsing: try await bucket.read(key, limit: 1 << 20), kind: .deletion, file: key)
      let (time, overflow) = marker.time.multipliedReportingOverflow(by: 1000)
      let (age, isFar) = now.subtractingReportingOverflow(overflow ? 0 : time)
      self = .made(age: isFar ? .max : max(0, age), details: marker.details)
    } catch let error as TSDBError {
      self = .malformed(error)
    } catch let error as BucketError {
      // Taken away in between.
      self = error.code == .objectNotFound ? .none : .unread(error)
    }
  }

  var isMade: Bool { if case .made = self { true } else { false } }

  /// Reports it for a block of the bucket.
  /// - Parameters:
  ///   - delay: how long the compactor waits with the deletion, ms.
  ///   - successor: words on where the block's data is besides.
  func report(on objects: BlockObjects, delay: Int64, successor: String? = nil, _ report: inout BlockReport) {
    let key = objects.marker(.deletion)
    switch self {
    case .none: break
    case .unread(let error): report.leaveUnfinished(key, error.reason)
    case .malformed(let error):
      report.find(
        .markerUnreadable, file: key,
        "Thanos takes the block for not marked (\(error)); delete this object, and mark the block anew if it is to go")
    case .made(let age, let details):
      let why = details.isEmpty ? "" : " (\(details))"
      let beside = successor.map { "; \($0)" } ?? ""
      let (late, overflow) = delay.addingReportingOverflow(Self.margin)
      if !overflow, age > late {
        report.find(
          .deletionOverdue, file: key,
          "marked \(PrometheusDuration.words(age)) ago\(why), and still there: Thanos' compactor deletes after"
            + " \(PrometheusDuration.words(delay)); does it run?\(beside)")
      } else {
        report.find(
          .markedForDeletion, file: key,
          "marked \(PrometheusDuration.words(age)) ago\(why): Thanos' compactor deletes it after"
            + " \(PrometheusDuration.words(delay)); delete this object to keep the block\(beside)")
      }
    }
  }
}

extension PrometheusDuration {
  /// A time of this many milliseconds, to the minute.
  static func words(_ milliseconds: Int64) -> String { text(.seconds(60 * (milliseconds / 60_000))) }
}
