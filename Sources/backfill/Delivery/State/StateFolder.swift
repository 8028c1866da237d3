public import Console
public import Logging
public import ObjectStore
import OrderedJSON
public import Platform
import Thanos

/// Which state is meant: that of the way from an origin into a bucket.
public struct StatePlace: Sendable {
  let root: String
  let bucket: String
  let origin: String
  /// What two runs share that are on the same way, in words.
  let way: String

  /// - Parameters:
  ///   - root: `--state-dir`.
  ///   - bucket: its `location`.
  ///   - origin: what tells this sender apart from others to the same bucket: the external labels, or another bucket.
  ///   - way: what two runs share that are on the same way, in words.
  public init(root: String, bucket: String, origin: String, way: String = "the same labels and bucket") {
    self.way = way
    self.root = root
    self.bucket = bucket
    self.origin = origin
  }

  /// A folder of its own for each way: names of buckets and labels can hold anything, their hash cannot.
  var path: String { "\(root)/\(SHA256Hex.hash(of: "\(bucket)\0\(origin)").prefix(16))" }
}

/// Where a run keeps what the next one needs to go on, held by one process at a time.
public final class StateFolder: Sendable {
  public let path: String
  public let notes: DeliveryNotes
  private let lock: FileLock

  /// Opens the state of a way, or makes it. Blocks.
  ///
  /// - Parameter dataFolder: Prometheus', in which nothing may be written; `nil` where there is none.
  /// - Throws: `StateError`.
  public init(_ place: StatePlace, outside dataFolder: String?, logger: Logger) throws(StateError) {
    path = place.path
    do {
      if let dataFolder { try Self.check(place.root, liesOutside: dataFolder) }
      try Directory.create(path)
      lock = try FileLock("\(path)/lock")
      AtomicFile.removeStale(in: path)
      // For whoever finds the folder and wonders.
      let about: JSONObject = ["bucket": .string(place.bucket), "from": .string(place.origin)]
      try AtomicFile.write(JSONValue.object(about).bytes(indent: "  ") + [0x0A], to: "\(path)/about.json")
      notes = try DeliveryNotes("\(path)/notes.jsonl", root: place.root, logger: logger)
    } catch let error as FileLock.Held {
      throw StateError.inUse(pid: error.pid, folder: path, way: place.way)
    } catch let error as StateError {
      throw error
    } catch {
      throw StateError.unusable(folder: path, error)
    }
  }

  /// Lets the next run have it. Jobs that are over may hold this object a moment longer.
  public func release() { lock.release() }

  // MARK: Rate

  /// Less (bytes) than this says little of how fast a long run will be.
  private static let telling: UInt64 = 16 << 20

  /// Keeps how fast a run was, for the next plan's estimate. If that fails there is none. Blocks.
  public func note(bytes: UInt64, in time: Duration) {
    let seconds = time / .seconds(1)
    guard bytes >= Self.telling, seconds > 0, let rate = UInt64(exactly: (Double(bytes) / seconds).rounded()) else { return }
    try? AtomicFile.write(Array("\(rate)\n".utf8), to: "\(path)/rate")
  }

  /// Bytes a second that the last run of a way reached; `nil` if there was none. Blocks.
  public static func lastRate(in place: StatePlace) -> UInt64? {
    guard let bytes = try? OpenFile("\(place.path)/rate").readAll(limit: 64) else { return nil }
    return UInt64(String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self))
  }

  // MARK: Place

  /// `$XDG_STATE_HOME/blockhaul`, or what the XDG Base Directory Specification puts in its place.
  /// - Throws: `StateError.noHome`.
  public static func standard(environment: (String) -> String? = Environment.value) throws(StateError) -> String {
    if let state = environment("XDG_STATE_HOME"), state.hasPrefix("/") { return "\(state)/blockhaul" }
    guard let home = environment("HOME"), home.hasPrefix("/") else { throw .noHome }
    return "\(home == "/" ? "" : home)/.local/state/blockhaul"
  }

  /// - Parameters:
  ///   - root: of all state.
  ///   - folder: Prometheus' data folder. Nothing is written there, nor into a bucket's own directory. Blocks.
  /// - Throws: `StateError.inside`.
  public static func check(
    _ root: String, liesOutside folder: String, and bucket: (any Bucket)? = nil
  ) throws(StateError) {
    if lies(root, in: folder) { throw .inside("Prometheus' data folder", root) }
    if let folder = bucket?.localFolder, lies(root, in: folder) { throw .inside("the bucket's directory", root) }
  }

  /// Whether a folder is, or would be, inside another one, links followed.
  private static func lies(_ path: String, in folder: String) -> Bool {
    guard let outer = Directory.resolved(folder) else { return false }
    // What is not there yet will be made below the first folder that is.
    var inner = path
    while Directory.resolved(inner) == nil, inner != ".", inner != "/" { inner = AtomicFile.folder(of: inner) }
    guard let resolved = Directory.resolved(inner) else { return false }
    return resolved.utf8.elementsEqual(outer.utf8) || resolved.utf8.starts(with: "\(outer)/".utf8)
  }
}

/// State that cannot be kept, in one line that says what to do.
public enum StateError: ErrorWithExitStatus, CustomStringConvertible {
  /// - Parameter way: what the runs share, in words.
  case inUse(pid: Int32?, folder: String, way: String)
  /// - Parameter place: what the folder lies in, in words.
  case inside(_ place: String, String)
  case noHome
  case unusable(folder: String, any Error)

  public var exitStatus: ExitStatus {
    switch self {
    case .inUse: .unfinished
    case .inside, .noHome, .unusable: .usage
    }
  }

  public var description: String {
    switch self {
    case .inUse(let pid, let folder, let way):
      "another run\(pid.map { ", pid \($0)," } ?? "") is at work with \(way) (\(folder)/lock);"
        + " wait for its end, or stop it"
    case .inside(let place, let folder):
      "--state-dir \(folder) lies in \(place), where nothing else is written: give another folder"
    case .noHome:
      "neither XDG_STATE_HOME nor HOME says where to keep the state that lets a run go on: give --state-dir"
    case .unusable(let folder, let error):
      "cannot keep the state that lets a run go on: \(error); give --state-dir with a folder that can be written"
        + " (tried \(folder))"
    }
  }
}
