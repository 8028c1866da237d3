internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
import Synchronization

/// Serves the status pages over HTTP/1.1, on one thread of its own.
///
/// It is made for a scraper and a few probes: connections above `Limits.connections` are closed at once, and so is one
/// that does not say what it wants in time.
public final class StatusServer: Sendable {
  enum Limits {
    static let connections = 64
    /// For the request.
    static let firstRequest = TimeAmount.seconds(15)
    /// For the client to take an answer.
    static let answer = TimeAmount.seconds(30)
  }

  /// With the port that was found, if any would do.
  public let address: ListenAddress
  private let group: MultiThreadedEventLoopGroup
  private let channel: any Channel

  private init(address: ListenAddress, group: MultiThreadedEventLoopGroup, channel: any Channel) {
    self.address = address
    self.group = group
    self.channel = channel
  }

  /// - Throws: `ListenError`.
  public static func start(_ address: ListenAddress, _ pages: StatusPages) async throws -> StatusServer {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let connections = Connections()
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 64)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        guard connections.open() else { return channel.close() }
        channel.closeFuture.whenComplete { _ in connections.close() }
        return channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
          try channel.pipeline.syncOperations.addHandler(StatusConnection(pages))
        }
      }
    do {
      let channel = try await bootstrap.bind(host: address.host, port: Int(address.port)).get()
      let port = channel.localAddress?.port.flatMap { UInt16(exactly: $0) } ?? address.port
      return StatusServer(address: ListenAddress(host: address.host, port: port), group: group, channel: channel)
    } catch {
      try? await group.shutdownGracefully()
      throw ListenError(address: address, reason: reason(error), cause: error)
    }
  }

  /// Closes every connection and gives the port free.
  public func stop() async {
    try? await channel.close()
    try? await group.shutdownGracefully()
  }

  private static func reason(_ error: any Error) -> String {
    guard let error = error as? IOError else {
      return "cannot listen there: \(error); is it an address of this machine?"
    }
    switch error.errnoCode {
    case EADDRINUSE: return "the port is in use; give another one, or :0 for any that is free"
    case EACCES: return "no permission to listen on this port; give one above 1023"
    case EADDRNOTAVAIL: return "this is no address of this machine; give 0.0.0.0 for all of them"
    default: return "cannot listen there: \(error)"
    }
  }
}

/// How many connections are open.
private final class Connections: Sendable {
  private let count = Mutex(0)

  func open() -> Bool {
    count.withLock { count in
      guard count < StatusServer.Limits.connections else { return false }
      count += 1
      return true
    }
  }

  func close() { count.withLock { $0 -= 1 } }
}
