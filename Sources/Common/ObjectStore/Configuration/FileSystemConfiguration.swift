/// `config` of type FILESYSTEM.
public struct FileSystemConfiguration: Equatable, Sendable {
  /// The folder whose files are the objects. Required.
  public var directory: String

  public init(directory: String) { self.directory = directory }
}

extension FileSystemConfiguration {
  /// Keys of no meaning are let pass here, as Thanos does for this type alone.
  init(from section: inout ConfigurationSection) throws(ConfigurationError) {
    directory = try section.string("directory")
    try section.require("directory", !directory.isEmpty, "the folder that holds the bucket's objects")
  }
}
