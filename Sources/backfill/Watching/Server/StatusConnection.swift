import NIOCore
import NIOHTTP1

/// One connection: answers GET and HEAD, and closes when nothing comes for too long.
///
/// One answer at a time: an answer is called over when the system has taken its bytes, and the pipeline gives and reads no
/// further request before. Otherwise a client that asks and asks and never reads would have us keep all of the answers.
final class StatusConnection: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let pages: StatusPages
  private var head: HTTPRequestHead?
  private var deadline: Scheduled<Void>?

  init(_ pages: StatusPages) { self.pages = pages }

  func channelActive(context: ChannelHandlerContext) {
    close(context, unlessDoneWithin: StatusServer.Limits.firstRequest)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): self.head = head
    case .body: break
    case .end:
      guard let head else { return }
      self.head = nil
      respond(to: head, context)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  /// For the request that is due, or the answer. Bytes that make no whole request do not put it off.
  private func close(_ context: ChannelHandlerContext, unlessDoneWithin time: TimeAmount) {
    deadline?.cancel()
    let channel = context.channel
    deadline = context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
  }

  private func respond(to request: HTTPRequestHead, _ context: ChannelHandlerContext) {
    close(context, unlessDoneWithin: StatusServer.Limits.answer)
    let page = answer(to: request)
    var body = context.channel.allocator.buffer(string: page.body)
    var headers = HTTPHeaders([
      ("Content-Type", page.contentType), ("Content-Length", String(body.readableBytes)),
      ("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store"),
    ])
    if page.status == 405 { headers.add(name: "Allow", value: "GET, HEAD") }
    if !request.isKeepAlive { headers.add(name: "Connection", value: "close") }
    let status = HTTPResponseStatus(statusCode: page.status)
    context.write(
      wrapOutboundOut(.head(HTTPResponseHead(version: request.version, status: status, headers: headers))), promise: nil)
    if request.method == .HEAD { body.clear() }
    let isKept = request.isKeepAlive
    context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(body)))).assumeIsolated().whenSuccess {
      self.end(context, keepsConnection: isKept)
    }
  }

  /// The answer is on its way. With its length given, the end of it has no bytes.
  private func end(_ context: ChannelHandlerContext, keepsConnection: Bool) {
    // Before the end is written, since that may bring the next request at once.
    close(context, unlessDoneWithin: StatusServer.Limits.nextRequest)
    let ended = context.writeAndFlush(wrapOutboundOut(.end(nil)))
    if !keepsConnection {
      let channel = context.channel
      ended.whenComplete { _ in channel.close(promise: nil) }
    }
  }

  private func answer(to request: HTTPRequestHead) -> StatusPages.Page {
    guard let page = pages.page(String(request.uri.prefix { $0 != "?" })) else {
      return StatusPages.Page(status: 404, body: "not found: there are /-/healthy, /-/ready and /metrics\n")
    }
    guard request.method == .GET || request.method == .HEAD else {
      return StatusPages.Page(status: 405, body: "only GET and HEAD\n")
    }
    return page
  }
}
