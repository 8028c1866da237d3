/// `config` of type FILESYSTEM.
public struct FileSystemConfiguration: Equatable, Sendable {
  /// The folder whose files are the objects. Required.
  public var directory: String

  public init(directory: String) { self.directory = directory }
}
