// What the compactor replaces and deletes.

extension Explanation {
  private static let unmark = """
    thanos tools bucket mark --objstore.config-file BUCKET --id ULID --marker deletion-mark.json --remove
    """

  static let markedForDeletion = Explanation(
    summary: "the block is about to be deleted from the bucket",
    meaning: """
      It has a deletion-mark.json. Thanos' store gateways stop showing it after a while, and the compactor deletes it \
      48 hours after the mark was made (--delete-delay). Until then it is verified as any other.
      """,
    causes: """
      The ordinary work of Thanos' compactor: the block was compacted into a larger one, or its retention is over. Or \
      somebody marked it.
      """,
    remedy: """
      Nothing, as a rule. The mark says why; read it if you did not expect it. To keep the block, take the mark away \
      before the delay is over:

          \(unmark)
      """)

  static let deletionOverdue = Explanation(
    summary: "the block should have been deleted long ago",
    meaning: """
      Its deletion-mark.json is a day older than the compactor's --delete-delay (48 hours unless verify is told \
      otherwise by --delete-delay), and the block is still there. It costs room, and what else the compactor has to do \
      may not be done either.
      """,
    causes: """
      A compactor that does not run, has halted, or may not delete objects; one that is busy with a compaction of \
      days; one with a longer --delete-delay than verify was told.
      """,
    remedy: """
      See that the compactor runs and has not halted (thanos_compact_halted). By hand:

          thanos tools bucket cleanup --objstore.config-file BUCKET
      """)

  static let deletionUncovered = Explanation(
    summary: "the copy is marked for deletion, and nothing that stays has its data",
    meaning: """
      The bucket's copy of the local block will be gone when the compactor comes by, and no other block of the bucket \
      that is not marked itself was compacted from it and covers its time. Its data will be in the local folder only.
      """,
    causes: "The bucket's retention is shorter than the folder's; somebody marked the block by hand.",
    remedy: """
      If that is the retention, it is as it was meant to be; leave old blocks out with --min-time. To keep the block, \
      take the mark away before the delay is over:

          \(unmark)
      """)

  static let markerUnreadable = Explanation(
    summary: "a deletion mark that Thanos cannot read",
    meaning: """
      Thanos goes on as if it were not there, and says so in its log each time: the block is shown, compacted and kept.
      """,
    causes: "A mark that was written by hand or by another tool; an upload of it that was cut off.",
    remedy: """
      Delete the object. If the block is to go, mark it anew:

          thanos tools bucket mark --objstore.config-file BUCKET --id ULID --marker deletion-mark.json --details "anew"
      """)

  static let compactedAway = Explanation(
    summary: "the local block is in the bucket only as part of a compacted one",
    meaning: """
      The compactor has merged it with others and deleted it. The larger block names it among its sources, covers its \
      time, and was found whole as far as the level tells. That its bytes are good is proved as for any block without \
      its original; that the compactor took over every sample of this block is not, since a merged block cannot be \
      compared byte by byte with a part of it.
      """,
    causes: "The ordinary work of Thanos' compactor.",
    remedy: """
      Nothing needs to be done. More than the level tells of the larger block, whose name the message has, does:

          verify --objstore.config-file BUCKET --id ULID --level full
      """)

  static let compactedIntoDamaged = Explanation(
    summary: "the block that this one was compacted into is damaged",
    meaning: """
      The bucket no longer has the local block, or is about to delete it, and the block that holds its data there is \
      not whole: the bucket has no good copy.
      """,
    causes: """
      \(damagedOnTheWay) The original was not yet, or no longer, there to repair it from: a compacted block has none.
      """,
    remedy: """
      See what is wrong with the larger block, whose name the message has:

          verify --objstore.config-file BUCKET --id ULID --level full

      If the local blocks cover all of its time, mark it for deletion, and send them again once it is gone; look \
      first at what would be sent:

          thanos tools bucket mark --objstore.config-file BUCKET --id ULID --marker deletion-mark.json \
      --details "damaged"
          backfill --tsdb.path DATA --objstore.config-file BUCKET --label 'cluster="eu1"' --dry-run
      """)

  static let compactedIntoLess = Explanation(
    summary: "the block that this one was compacted into has less than it",
    meaning: """
      The bucket no longer has the local block, or is about to delete it, and the block there that names it as a source \
      and covers its time counts fewer series or samples: it cannot hold all of the local block's data.
      """,
    causes: """
      A compactor that splits blocks into shards (Mimir's), of which each has a part of the series; a block that was \
      rewritten without some of them; a compactor that merges replicas, which drops samples.
      """,
    remedy: """
      Where something is meant to be missing, nothing needs to be done. Otherwise keep the local block. Whether the larger one is whole:

          verify --objstore.config-file BUCKET --id ULID --level full
      """)

  static let downsampledOnly = Explanation(
    summary: "the local block is in the bucket only as part of a downsampled one",
    meaning: """
      Blocks of 5m or 1h that were made from it are there, and none with its raw samples: single samples of its time \
      cannot be queried any more.
      """,
    causes: "The bucket's retention of raw data (--retention.resolution-raw) is over for its time.",
    remedy: """
      If that is the retention, it is as it was meant to be; leave old blocks out with --min-time. To have the raw \
      samples back, send the block again, and see to the retention first, or it is marked at once:

          backfill --tsdb.path DATA --objstore.config-file BUCKET --label 'cluster="eu1"' --id ULID --dry-run
      """)
}
