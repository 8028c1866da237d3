import NIOCore
import NIOHTTP1

/// One connection: answers GET and HEAD, and closes when nothing comes for too long.
final class StatusConnection: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let pages: StatusPages
  private var head: HTTPRequestHead?
  private var deadline: Scheduled<Void>?

  init(_ pages: StatusPages) { self.pages = pages }

  func channelActive(context: ChannelHandlerContext) {
    expectRequest(context, within: StatusServer.Limits.firstRequest)
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

  /// Bytes that make no whole request do not put it off.
  private func expectRequest(_ context: ChannelHandlerContext, within time: TimeAmount) {
    deadline?.cancel()
    let channel = context.channel
    deadline = context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
  }

  private func respond(to request: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let page = answer(to: request)
    let body = context.channel.allocator.buffer(string: page.body)
    var headers = HTTPHeaders([
      ("Content-Type", page.contentType), ("Content-Length", String(body.readableBytes)),
      ("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store"),
    ])
    if page.status == 405 { headers.add(name: "Allow", value: "GET, HEAD") }
    if !request.isKeepAlive { headers.add(name: "Connection", value: "close") }
    let status = HTTPResponseStatus(statusCode: page.status)
    context.write(
      wrapOutboundOut(.head(HTTPResponseHead(version: request.version, status: status, headers: headers))), promise: nil)
    if request.method != .HEAD { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
    let written = context.writeAndFlush(wrapOutboundOut(.end(nil)))
    if request.isKeepAlive {
      expectRequest(context, within: StatusServer.Limits.nextRequest)
    } else {
      let channel = context.channel
      written.whenComplete { _ in channel.close(promise: nil) }
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
