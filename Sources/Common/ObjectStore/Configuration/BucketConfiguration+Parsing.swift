internal import Platform
internal import Yams

extension BucketConfiguration {
  /// Bytes; no configuration is nearly as long.
  private static let maximumLength: UInt64 = 1 << 20

  /// Reads a configuration file. Blocks.
  /// - Parameter environment: where `$(NAME)` is looked up.
  public init(file path: String, environment: [String: String]) throws(ConfigurationError) {
    let bytes: [UInt8]
    do {
      bytes = try OpenFile(path).readAll(limit: Self.maximumLength)
    } catch {
      throw ConfigurationError(
        .unreadable, in: path,
        "\(error); give the path of a bucket configuration as Thanos' --objstore.config-file takes it")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ConfigurationError(.malformed, in: path, "it is not UTF-8 text; is this the bucket configuration?")
    }
    try self.init(parsing: text, name: path, environment: environment)
  }

  /// Reads a configuration's text: the content of a file, or of the flag `--objstore.config`.
  /// - Parameters:
  ///   - name: what errors call it.
  ///   - environment: where `$(NAME)` is looked up.
  public init(parsing text: String, name: String, environment: [String: String]) throws(ConfigurationError) {
    let text = try ConfigurationText(text, name: name, environment: environment)
    guard let node = try Self.firstDocument(of: text) else {
      throw ConfigurationError(
        .missingKey, in: name, key: "type", "the configuration is empty; it needs `type` and `config`")
    }
    var root = try ConfigurationSection(node, line: node.mark.map { text.line($0.line) }, path: "", text: text)
    let type = try root.string("type")
    var config = try root.section("config")
    let prefix = try root.string("prefix")
    try root.finish()
    self.prefix = Self.trimmed(prefix)
    self.provider = try Self.provider(type: type, root: root, config: &config)
    self.place = Place(name: name, line: root.line(of: "type"))
  }

  private static func provider(
    type: String, root: ConfigurationSection, config: inout ConfigurationSection
  ) throws(ConfigurationError) -> Provider {
    let types = ["S3", "GCS", "AZURE", "SWIFT", "FILESYSTEM", "COS", "ALIYUNOSS", "BOS", "OCI", "OBS"]
    switch type.uppercased() {
    case "S3": return .s3(try S3Configuration(from: &config))
    case "GCS": return .gcs(try GCSConfiguration(from: &config))
    case "AZURE": return .azure(try AzureConfiguration(from: &config))
    case "SWIFT": return .swift(try OpenStackSwiftConfiguration(from: &config))
    case "FILESYSTEM": return .fileSystem(try FileSystemConfiguration(from: &config))
    case "COS": return .cos(try COSConfiguration(from: &config))
    case "ALIYUNOSS": return .aliyunOSS(try AliyunOSSConfiguration(from: &config))
    case "BOS": return .bos(try BOSConfiguration(from: &config))
    case "OCI": return .oci(try OCIConfiguration(from: &config))
    case "OBS": return .obs(try OBSConfiguration(from: &config))
    case "": throw root.failure(.missingKey, "type", "missing; set it to one of \(types.joined(separator: ", "))")
    default:
      let hint =
        Spelling.nearest(to: type, among: types).map { "did you mean \($0)?" }
        ?? "use one of \(types.joined(separator: ", "))"
      throw root.failure(.wrongValue, "type", "unknown type \"\(root.text.shown(type))\"; \(hint)")
    }
  }

  /// Slashes at both ends are no part of a prefix.
  private static func trimmed(_ prefix: String) -> String {
    let scalars = prefix.unicodeScalars.drop { $0 == "/" }
    guard let last = scalars.lastIndex(where: { $0 != "/" }) else { return "" }
    return String(scalars[...last])
  }

  /// The first document of the text; what comes after it is not even looked at.
  private static func firstDocument(of text: ConfigurationText) throws(ConfigurationError) -> Node? {
    do {
      return try Yams.Parser(yaml: text.text, resolver: .basic, encoding: .utf8).nextRoot()
    } catch let error as YamlError {
      throw malformed(error, in: text)
    } catch {
      // The parser throws nothing else; its words might show a value, so they are left out.
      throw ConfigurationError(.malformed, in: text.name, "it is no YAML")
    }
  }

  /// The parser's error without the piece of text that it shows: there may be a secret in it.
  private static func malformed(_ error: YamlError, in text: ConfigurationText) -> ConfigurationError {
    func malformed(_ line: Int?, _ problem: String) -> ConfigurationError {
      ConfigurationError(.malformed, in: text.name, line: line.map(text.line), "it is no YAML: \(problem)")
    }
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      return malformed(mark.line, context.map { "\($0.text), \(problem)" } ?? problem)
    case .reader(let problem, let offset, _, _):
      let before = offset.map { text.text.prefix($0).utf8.count { $0 == UInt8(ascii: "\n") } + 1 }
      return malformed(before, problem)
    case .duplicatedKeysInMapping(let keys, let context):
      let shown = keys.first.map { "\"\(text.shown($0))\"" } ?? "a key"
      return ConfigurationError(
        .duplicateKey, in: text.name, line: text.line(context.mark.line), "\(shown) is given twice; keep one of them")
    default:
      return malformed(nil, "the text cannot be read")
    }
  }
}
