public import ArgumentParser
import Console
import Quantities
import Thanos
public import Verification

/// `--level`, `--no-download` and `--bucket-checks`: how deep a verification goes, and at what cost.
struct VerificationFlags: ParsableArguments {
  @Option(
    help: """
      How deep the check goes, each level with those before it. presence: every file is there, of the right size, and \
      nothing else; checksum: the content is proved equal to a known hash, without a download where the store's own \
      evidence is enough; index: the index agrees with itself; full: every chunk is there and decodes to its end.
      """)
  var level = VerificationLevel.checksum

  @Flag(
    name: .customLong("no-download"),
    help: "Download no object: what only its bytes could prove is called unproved, and not good.")
  var avoidsDownloads = false

  @Flag(
    name: .customLong("bucket-checks"), inversion: .prefixedNo,
    help: """
      Look at the bucket as a whole: overlaps, duplicates, gaps, markers without blocks, missing downsampled blocks. \
      (default: if a whole bucket is verified)
      """)
  var checksBucket: Bool?

  @Option(
    name: .customLong("delete-delay"),
    help: ArgumentHelp(
      """
      The --delete-delay of Thanos' compactor. A deletion mark that is a day older is a warning; before, the compactor \
      is at its ordinary work. (default: 48h)
      """, valueName: "time"))
  var deleteDelay: String?

  func validate() throws {
    if let deleteDelay, Self.duration(deleteDelay) == nil {
      throw ValidationError("--delete-delay \(deleteDelay) is no time such as 48h")
    }
  }

  private static func duration(_ text: String) -> Duration? {
    (GoDuration.parse(text) ?? PrometheusDuration.parse(text)).flatMap { $0 >= .zero ? $0 : nil }
  }

  /// - Throws: a usage error for flags that contradict each other.
  func options(
    _ selection: BlockSelection, concurrency: Int, hasFolder: Bool, hasBucket: Bool
  ) throws -> VerificationOptions {
    if avoidsDownloads, !hasFolder, level >= .index {
      throw ValidationError(
        "--level \(level.rawValue) reads the blocks of a bucket, which --no-download forbids: give one of them,"
          + " or --tsdb.path too, by whose files the bucket's can be proved")
    }
    if checksBucket == true, !hasBucket {
      throw ValidationError("--bucket-checks looks at a bucket, and none is named: give --objstore.config-file")
    }
    var options = VerificationOptions(level: level)
    options.selection = selection
    options.downloads = !avoidsDownloads
    options.checksBucket = checksBucket
    options.concurrency = concurrency
    if let delay = deleteDelay.flatMap(Self.duration) { options.deleteDelay = delay.components.seconds * 1000 }
    return options
  }
}

extension VerificationLevel: ExpressibleByArgument {}
