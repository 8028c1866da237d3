public import ArgumentParser

/// What a report is written as.
public enum OutputFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
  /// Aligned columns for people: human sizes, grouped thousands. Lines are as long as they are, never wrapped.
  case table
  /// Values separated by commas and quoted as in RFC 4180; lines end in a newline alone, as Thanos' do.
  case csv
  /// Values separated by tabs; tabs, newlines and backslashes in a value become `\t`, `\n` and `\\`.
  case tsv
  /// An array of objects.
  case json
  /// A table of GitHub's Markdown, values as in csv.
  case markdown
}
