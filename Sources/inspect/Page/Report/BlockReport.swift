public import Analysis
public import Inspection
import Platform
public import Planning
import TSDB
public import Thanos

/// All that the page shows: the blocks of a source, one of them from inside, and the plan.
public struct BlockReport: Sendable {
  /// Something that is not as it should be, in a line.
  public struct Notice: Equatable, Sendable {
    public let text: String
    /// Whether bytes of a block are damaged, or could not be read.
    public let isDamage: Bool
  }

  /// The source, for people.
  public let location: String
  /// When the report was made, ms since 1970.
  public let made: Int64
  public let question: ReportQuestion
  public private(set) var rows: [BlockRow] = []
  /// `nil` without a block to plan with.
  public private(set) var plan: CapacityPlan?
  /// The block that index and chunks are of; `nil` where none could be opened.
  public private(set) var block: BlockDescription?
  public private(set) var index: IndexAnalysis?
  public private(set) var chunks: ChunkAnalysis?
  public private(set) var notices: [Notice] = []

  /// Blocks that are tried, the next one where one cannot be read.
  private static let candidates = 3

  /// Reads a source. What is wrong with single blocks becomes notices.
  /// - Parameters:
  ///   - caches: where what earlier runs have read of a bucket lies; `nil` to read all of it.
  ///   - clock: ms since 1970.
  /// - Throws: where the source itself cannot be read; `BlockChoice.NoBlock` for a block that was named and is not
  ///   there.
  public init(
    of source: BlockSource, location: String, _ question: ReportQuestion, caches: String? = nil, clock: Int64
  ) async throws {
    (self.location, self.question, made) = (location, question, clock)
    let selected = try await Self.rows(of: source, question, source.cache(.meta, in: caches))
    guard let selected else {
      notices.append(Notice(text: "\(location) is empty: there is no block, and no write-ahead log", isDamage: false))
      return
    }
    rows = selected.rows
    noteRows(in: source, undescribed: selected.undescribed.count)
    try await look(into: source)
    do {
      plan = try await CapacityPlan(
        of: source, policy: question.policy, prices: question.prices, clock: clock, caches: caches)
    } catch let error as PlanInput.NoBlocks {
      if !rows.isEmpty { notices.append(Notice(text: "No plan: \(error)", isDamage: false)) }
    }
  }

  /// Of what has been gathered already.
  init(
    location: String, made: Int64, _ question: ReportQuestion, rows: [BlockRow], plan: CapacityPlan? = nil,
    notices: [Notice] = []
  ) {
    (self.location, self.made, self.question) = (location, made, question)
    (self.rows, self.plan, self.notices) = (rows, plan, notices)
  }

  /// - Returns: `nil` for a folder with nothing at all in it.
  private static func rows(
    of source: BlockSource, _ question: ReportQuestion, _ cache: BlockCache?
  ) async throws -> SelectedRows? {
    do {
      return try await source.selected(question.selection, cache: cache)
    } catch let error as DataDirectory.NotATSDB {
      let entries = await BlockingPool.shared.run { try? Directory.entries(of: error.path) }
      guard let entries, entries.isEmpty else { throw error }
      return nil
    }
  }

  private mutating func noteRows(in source: BlockSource, undescribed: Int) {
    if undescribed > 0 {
      let text = "\(undescribed) block\(undescribed == 1 ? "" : "s") without a readable meta.json left out of the selection."
      notices.append(Notice(text: text, isDamage: false))
    }
    let odd = rows.count { $0.state != BlockRow.ok }
    if odd > 0 {
      let text = "\(odd) of \(rows.count) blocks cannot be read, or something of them is missing"
      notices.append(Notice(text: "\(text): they are listed with the blocks.", isDamage: false))
    }
    guard rows.isEmpty else { return }
    let text =
      switch (source, question.selection == .all) {
      case (_, false): "No block matches what was asked for."
      case (.folder, true): "There is no block yet: the data is in the write-ahead log still."
      case (.bucket, true): "There is no block in the bucket."
      }
    notices.append(Notice(text: text, isDamage: false))
  }

  // MARK: One block

  private mutating func look(into source: BlockSource) async throws {
    let choice: BlockChoice =
      switch source {
      case .folder(let path): .folder(path)
      case .bucket(let bucket): .bucket(bucket)
      }
    if let name = question.block {
      let block = BlockChoice.isPath(name) ? try await BlockChoice.block(at: name) : try await choice.open(name)
      try await look(into: block)
      return
    }
    for row in Self.telling(rows).prefix(Self.candidates) {
      do {
        let block = try await choice.open(row.ulid.description)
        try await look(into: block)
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        note(error, row.ulid)
      }
      if index != nil { return }
    }
  }

  /// Raw blocks, those that end last first and of these the largest: what is scraped now, in files that are quickly
  /// read.
  static func telling(_ rows: [BlockRow]) -> [BlockRow] {
    let whole = rows.filter { $0.state == BlockRow.ok && !$0.markers.contains(.deletion) }
    let raw = whole.filter { $0.description?.resolution == .raw }
    return (raw.isEmpty ? whole : raw).sorted { left, right in
      func key(_ row: BlockRow) -> (Int64, UInt64, ULID) {
        (row.description?.meta.maxTime ?? .min, row.sizes?.total ?? 0, row.ulid)
      }
      return key(left) > key(right)
    }
  }

  /// What one of the two analyses cannot read the other may.
  private mutating func look(into block: InspectedBlock) async throws {
    self.block = block.description
    do {
      index = try await IndexAnalysis(of: block, limit: question.limit)
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      note(error, block.ulid)
    }
    do {
      let analysis = try await ChunkAnalysis(of: block, question.chunks)
      chunks = analysis
      let damage = analysis.damage
      if !damage.isEmpty {
        let first = damage.places.first.map { ", the first in \($0.file) at \($0.offset): \($0.what)" } ?? ""
        let text = "Block \(block.ulid) has \(damage.chunks) damaged and \(damage.missing) missing chunks\(first)"
        notices.append(Notice(text: text, isDamage: true))
      }
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      note(error, block.ulid)
    }
  }

  private mutating func note(_ error: any Error, _ ulid: ULID) {
    let text = "Block \(ulid): \(error)"
    let notice = Notice(text: text, isDamage: true)
    // Index and chunks often fail for the same reason.
    if !notices.contains(notice) { notices.append(notice) }
  }
}
