import Platform
import TSDB

/// The chunks of a segment taken apart, to be put together again with right lengths and checksums.
public struct SegmentFrames {
  public struct Frame {
    public var encoding: UInt8
    public var data: [UInt8]
  }

  private let path: String
  public var frames: [Frame] = []

  /// - Parameter path: of the segment, in a data folder.
  public init(_ path: String) throws {
    self.path = path
    let file = try OpenFile(path)
    var scanner = SegmentScanner(file: path)
    var frames: [Frame] = []
    try file.forEachWindow(of: 0..<file.size) { window in
      try scanner.scan(window) { frames.append(Frame(encoding: $0.encoding.rawValue, data: [UInt8]($0.data))) }
    }
    self.frames = frames
  }

  /// Changes the frames and writes them in place of the segment.
  public consuming func rewrite(_ data: DataFolder, _ change: (inout [Frame]) -> Void) throws {
    change(&frames)
    var bytes = SegmentInput.head
    for frame in frames {
      bytes.appendUvarint(UInt64(frame.data.count))
      let start = bytes.count
      bytes.append(frame.encoding)
      bytes += frame.data
      bytes.appendChecksum(from: start)
    }
    try data.write(bytes, to: String(path.dropFirst(data.path.count + 1)))
  }
}

/// Writes tombstones.
public enum TombstonesInput {
  public static func file(_ entries: [(series: UInt64, min: Int64, max: Int64)]) -> [UInt8] {
    var bytes: [UInt8] = [0x01, 0x30, 0xBA, 0x30, 1]
    for entry in entries {
      bytes.appendUvarint(entry.series)
      bytes.appendVarint(entry.min)
      bytes.appendVarint(entry.max)
    }
    bytes.appendChecksum(from: 5)
    return bytes
  }
}
