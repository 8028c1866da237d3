import NIOCore
import NIOHTTP1

/// One connection: answers one GET or HEAD, and closes; also when nothing comes for too long.
///
/// No second request is taken: a scrape every few seconds gains nothing by a kept connection, and a client that asks and
/// asks and never reads would have us keep all of the answers.
final class StatusConnection: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let pages: StatusPages
  private var head: HTTPRequestHead?
  private var isAnswering = false
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
      guard let head, !isAnswering else { return }
      self.head = nil
      isAnswering = true
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
    headers.add(name: "Connection", value: "close")
    let status = HTTPResponseStatus(statusCode: page.status)
    context.write(
      wrapOutboundOut(.head(HTTPResponseHead(version: request.version, status: status, headers: headers))), promise: nil)
    if request.method == .HEAD { body.clear() }
    context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    let channel = context.channel
    context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
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
