// The bucket as a whole.

extension Explanation {
  static let orphanMarker = Explanation(
    summary: "markers of a block of which nothing else is there",
    meaning: "Nothing is lost by it: the block that they marked has been deleted, and its markers have not.",
    causes: "A deletion that was broken off after its last file but one; a mark made for a block that was just going.",
    remedy: """
      Delete them by hand, or have Thanos do it:

          thanos tools bucket cleanup --objstore.config-file BUCKET
      """)

  static let noExternalLabels = Explanation(
    summary: "a block without external labels",
    meaning: """
      Thanos tells the data of one Prometheus from another's by these. Blocks without any are not queried properly, \
      and the compactor takes all of them for one Prometheus'.
      """,
    causes: """
      A block that was copied into the bucket by hand, or by a tool that leaves meta.json as Prometheus wrote it.
      """,
    remedy: """
      Send it again with its labels. backfill never overwrites a block, so this one has to go first:

          thanos tools bucket mark --objstore.config-file BUCKET --id ULID --marker deletion-mark.json \
      --details "no labels"

      When the compactor has deleted it (after 48 hours), and if the original is still there then:

          backfill --tsdb.path DATA --objstore.config-file BUCKET --label 'cluster="eu1"' --id ULID
      """)

  static let overlappingBlocks = Explanation(
    summary: "two blocks of the same labels and resolution share time",
    meaning: """
      Thanos' compactor halts at them, unless it compacts vertically, and then nothing of these labels is compacted, \
      downsampled or deleted any more.
      """,
    causes: """
      Two Prometheis (or a Prometheus and its restored copy) that use the same external labels; a backfill beside a \
      sidecar that sends the same data; out-of-order ingestion; a compaction that was interrupted before it marked its \
      sources.
      """,
    remedy: """
      If one of them was compacted from the other (compaction.sources in meta.json), the smaller one should have been \
      marked:

          thanos tools bucket mark --objstore.config-file BUCKET --id ULID --marker deletion-mark.json \
      --details "compacted"

      If the data comes from replicas or was sent twice, have the compactor merge it; try it on a copy first (backfill \
      copy):

          thanos compact --compact.enable-vertical-compaction --deduplication.replica-label=replica ...

      If two Prometheis use one set of labels, give them different ones.
      """)

  static let duplicateCompaction = Explanation(
    summary: "two blocks were compacted from the same sources",
    meaning: """
      They have the same labels and resolution: the same data lies there twice. Queries are right where deduplication \
      is on; the compactor may halt.
      """,
    causes: """
      Two compactors at work on one bucket, which Thanos forbids; one that was stopped between its upload and its \
      marks.
      """,
    remedy: """
      See that there is one compactor. Check the two blocks, keep one, and mark the other:

          verify --objstore.config-file BUCKET --id ULID --level full
          thanos tools bucket mark --objstore.config-file BUCKET --id ULID --marker deletion-mark.json \
      --details "duplicate"
      """)

  static let timeGap = Explanation(
    summary: "time between two blocks of the same labels that no block covers",
    meaning: """
      Queries for that time give nothing. Whether there ever was anything only the Prometheus of that time knows.
      """,
    causes: """
      A Prometheus that was down; blocks that were not uploaded (retention was faster, an upload failed); deleted \
      blocks.
      """,
    remedy: """
      See whether the Prometheus' folder, a replica or a backup has blocks of that time, and send them:

          inspect --tsdb.path DATA
          backfill --tsdb.path DATA --objstore.config-file BUCKET --label 'cluster="eu1"' --min-time ... \
      --max-time ... --dry-run
      """)

  static let missingDownsample = Explanation(
    summary: "a block that should have been downsampled has no downsampled block",
    meaning: """
      Queries over long times read raw data in place of 5m or 1h aggregates: slowly, and once raw retention is over, \
      not at all.
      """,
    causes: """
      A compactor that has halted, is behind, or runs with --downsampling.disable; blocks that were uploaded after it \
      had gone by.
      """,
    remedy: """
      See that the compactor runs and has not halted (thanos_compact_halted, thanos_compact_todo_downsample_blocks). \
      By hand:

          thanos tools bucket downsample --objstore.config-file BUCKET --data-dir ./data
      """)
}
