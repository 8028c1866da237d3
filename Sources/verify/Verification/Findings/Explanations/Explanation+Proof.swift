// Content against hashes and against the original.

extension Explanation {
  static let contentMismatch = Explanation(
    summary: "the object has the size of the local file, and other bytes",
    meaning: """
      The block in the bucket is not a true copy. Where it was compared byte by byte, the offset is that of the first \
      byte that differs. Where the bucket's meta.json lists the file's SHA-256, the message says which side has it: \
      that is what was uploaded.
      """,
    causes: """
      \(damagedOnTheWay) Or two different blocks of one name: compare their meta.json (meta-mismatch).
      """,
    remedy: """
      Find out which side is damaged before you repair; the CRCs inside the block tell:

          verify --tsdb.path DATA --id ULID --level full
          verify --objstore.config-file BUCKET --id ULID --level full

      If the local block is the good one, have it sent again; the first command shows what would be done:

          verify --tsdb.path DATA --objstore.config-file BUCKET --id ULID --repair --dry-run
          verify --tsdb.path DATA --objstore.config-file BUCKET --id ULID --repair

      If the bucket's is, move the damaged folder out of the data folder, where nothing is ever overwritten, and bring \
      it back:

          backfill restore --tsdb.path DATA --objstore.config-file BUCKET --id ULID

      If both are damaged, repair neither from the other: look for a replica or a backup of the time.
      """)

  static let hashMismatch = Explanation(
    summary: "the bytes are not those of which meta.json holds the SHA-256",
    meaning: """
      When the block was uploaded, its files' hashes were noted in meta.json (thanos.files). The object has another \
      one now, or was never what meta.json says.
      """,
    causes: "\(damagedOnTheWay) Or meta.json itself was changed: then the block's own CRCs are right.",
    remedy: """
      See whether it is the data or the list that is wrong; with --level full every CRC inside is checked:

          verify --objstore.config-file BUCKET --id ULID --level full

      \(repairOrReplace)
      """)

  static let unproved = Explanation(
    summary: "a file is there, of the right size, and nothing proves its content",
    meaning: """
      Nothing that can be had without a download says anything about the bytes: no hash in meta.json, an ETag that is \
      no MD5, no checksum of the whole object at the store. With --no-download it was left at that. This is not \
      "good".
      """,
    causes: """
      Blocks uploaded without --hash-func (Thanos' default), objects that Thanos or another tool sent in parts that \
      cannot be guessed, encryption by a key service (SSE-KMS).
      """,
    remedy: """
      Let it be read once, without --no-download:

          verify --objstore.config-file BUCKET --id ULID --level full

      backfill notes hashes in meta.json by default; for Thanos' own components it is --hash-func=SHA256.
      """)
}
