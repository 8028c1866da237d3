import TSDB

/// The command line that goes on with a repair.
public struct RepairCommand: Sendable {
  private let folder: String?
  private let configFile: String?
  private let stateFolder: String?

  /// - Parameters:
  ///   - folder: of `--tsdb.path`; `nil` where none was given.
  ///   - configFile: `nil` where the bucket was described in another way.
  ///   - stateFolder: of `--state-dir`; `nil` for the usual place.
  public init(folder: String? = nil, configFile: String? = nil, stateFolder: String? = nil) {
    self.folder = folder
    self.configFile = configFile
    self.stateFolder = stateFolder
  }

  func text(for ulid: ULID) -> String {
    // A description as text may hold secrets: it is not repeated.
    let state = stateFolder.map { " --state-dir \(Self.quoted($0))" } ?? ""
    return "verify --tsdb.path \(folder.map(Self.quoted) ?? "DATA") --objstore.config-file"
      + " \(configFile.map(Self.quoted) ?? "BUCKET") --id \(ulid)\(state) --repair"
  }

  /// As a shell takes it for one word.
  private static func quoted(_ text: String) -> String {
    let plain = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"),
        UInt8(ascii: "_"): true
      default: false
      }
    }
    return plain && !text.isEmpty ? text : "'\(text.replacing("'", with: "'\\''"))'"
  }
}
