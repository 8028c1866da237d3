public import Platform

/// An ETag that looks as S3 makes them of an object's content.
public enum ContentETag: Equatable, Sendable {
  /// The MD5 of the content, which was written in one piece.
  case whole
  /// The MD5 of the parts' MD5s, and their number.
  case parts(Int)

  /// - Parameter etag: without quotes.
  /// - Returns: `nil` for an ETag that is no checksum by its form.
  public init?(_ etag: String) {
    let halves = etag.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    func text(_ half: Int) -> String { String(decoding: halves[half], as: UTF8.self) }
    guard !halves.isEmpty, Hexadecimal.bytes(text(0))?.count == 16 else { return nil }
    switch halves.count {
    case 1: self = .whole
    case 2:
      guard let count = Int(text(1)), 1...Int(S3PartLayout.maximumParts) ~= count else { return nil }
      self = .parts(count)
    default: return nil
    }
  }

  /// Parts of a file that are hashed at a time: as many as two threads have lanes.
  private static let ahead = 32

  /// The ETag that S3 gives to a file's content, read and hashed with its parts side by side.
  /// - Parameter partSize: bytes of each part but the last; `nil` for an object that is written in one piece.
  /// - Throws: `FileError`, `CancellationError`.
  public static func of(_ file: OpenFile, partSize: UInt64?) async throws -> String {
    guard let partSize else { return Hexadecimal.text(try await ParallelDigest.md5.digest(of: file, 0..<file.size)) }
    let regions = file.size == 0 ? [0..<0] : PartTransfer.regions(of: file.size, partSize: partSize)
    let digests = try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
      var digests = [[UInt8]](repeating: [], count: regions.count)
      for (number, region) in regions.enumerated() {
        if number >= ahead, let (done, digest) = try await group.next() { digests[done] = digest }
        group.addImmediateTask { (number, try await ParallelDigest.md5.digest(of: file, region)) }
      }
      for try await (done, digest) in group { digests[done] = digest }
      return digests
    }
    return S3Multipart.etag(ofParts: digests)
  }
}

extension ContentETag {
  /// Part sizes (bytes) that tools are known to cut objects into: minio-go as Thanos calls it (16 and 64 MiB), s5cmd
  /// and s3manager (50 and 5 MiB), the AWS CLI (8 MiB), rclone (5 MiB), s3cmd (15 MiB), mc, and round numbers.
  private static let usual: [UInt64] = [16, 64, 8, 5, 50, 10, 15, 25, 32, 100, 128, 256, 512].map { $0 << 20 }

  /// The part sizes that an object of so many bytes in so many parts may have been cut into, the likeliest first.
  /// Between the least and the greatest that give this number there may be millions; those that nobody uses are left
  /// out.
  /// - Parameter likely: to be tried first, where it fits.
  public static func partSizes(of size: UInt64, in count: Int, likely: UInt64? = nil) -> [UInt64] {
    guard let count = UInt64(exactly: count), count > 0, size > 0 else { return [max(1, size)] }
    // One part, or as many as there are bytes: nothing else is possible.
    guard count > 1 else { return [size] }
    let least = (size - 1) / count + 1
    let greatest = (size - 1) / (count - 1)
    guard least <= greatest else { return [] }
    // Tools that adapt to the size round up: to a byte, to 1 MiB, to 5 MiB, to 16 MiB.
    let rounded = [1 << 20, 5 << 20, 16 << 20, 1].map { (least - 1) / $0 * $0 + $0 }
    var sizes: [UInt64] = []
    for candidate in [likely].compactMap(\.self) + usual + rounded
    where least...greatest ~= candidate && !sizes.contains(candidate) { sizes.append(candidate) }
    return sizes
  }
}
