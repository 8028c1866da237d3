public import TSDB

/// A block whose bytes break the format: what stopped the reading, and what tells the rest.
public struct DamagedBlock: Error, CustomStringConvertible {
  public let cause: TSDBError

  public var description: String { "\(cause) (`verify` names all that is wrong with the block)" }

  /// Runs what reads blocks.
  /// - Throws: `DamagedBlock` in place of `TSDBError`; all else as it comes.
  public static func naming<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
      return try await body()
    } catch let error as TSDBError {
      throw DamagedBlock(cause: error)
    }
  }
}
