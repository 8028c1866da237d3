import BlockBytes
import Synchronization
import TSDB

/// Cuts a segment into pieces in the order in which they lie in it, chunks that are too long to be kept among them.
final class SegmentPieces: Sendable {
  enum Piece: Sendable {
    case chunks(SegmentSplitter.Piece)
    case long(LongChunk)

    var offset: UInt64 {
      switch self {
      case .chunks(let piece): piece.offset
      case .long(let chunk): chunk.offset
      }
    }

    /// Bytes from the start of the segment.
    var end: UInt64 {
      switch self {
      case .chunks(let piece): piece.end
      case .long(let chunk): chunk.offset &+ UInt64(chunk.size)
      }
    }
  }

  private struct State: Sendable {
    var splitter: SegmentSplitter
    /// Long chunks that were handed over.
    var long = 0

    mutating func inOrder(_ pieces: [SegmentSplitter.Piece]) -> [Piece] {
      let chunks = splitter.longChunks[long...]
      long += chunks.count
      if chunks.isEmpty { return pieces.map { .chunks($0) } }
      return (pieces.map { .chunks($0) } + chunks.map { .long($0) }).sorted { $0.offset < $1.offset }
    }
  }

  private let state: Mutex<State>

  init(_ file: DataFile) { state = Mutex(State(splitter: SegmentSplitter(file: file.name))) }

  func take(_ window: [UInt8]) -> [Piece] {
    state.withLock { state in
      let pieces = state.splitter.take(window)
      return state.inOrder(pieces)
    }
  }

  /// - Returns: the last pieces, and what is wrong with the segment as a whole.
  func finish() -> ([Piece], TSDBError?) {
    state.withLock { state in
      let (pieces, error) = state.splitter.finish()
      return (state.inOrder(pieces), error)
    }
  }
}
