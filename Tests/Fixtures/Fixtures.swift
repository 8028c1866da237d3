import Platform

/// The blocks beside this file, which Prometheus' and Thanos' own code wrote, and what their tools print of them.
public enum Fixtures {
  /// The folder `Tests/Fixtures/blocks`.
  public static let root: String = {
    let file = #filePath
    return String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)]) + "/blocks"
  }()

  /// Every whole block, relative to `root`.
  public static let blocks = [
    "raw-float-and-histogram/01M81B088QDAD3JHFN4993ETCA",
    "xor2-float/01M81B089WZ6FKNMSDPKBMGYCV",
    "downsampled/01M81B08HN0JE90AJ4DW4J7HDV",
    "downsampled/01M81B0KSSX5FCZ5868AE5R719",
    "downsampled/01M81B0KWKC84NS30MERVG5BFF",
    "index-v1/01DXXFZDYD1MQW6079WK0K6EDQ",
  ]

  /// An index alone, whose only series has its chunks out of order.
  public static let outOfOrderIndex = root + "/out-of-order-chunks/index"

  /// The bytes of a fixture file, for tests that change them.
  public static func bytes(_ path: String) throws -> [UInt8] {
    try OpenFile(root + "/" + path).readAll(limit: 1 << 30)
  }
}
