/// The words of a command line with every value that begins with a dash and a digit (`-1h`, a time from now) tied to its
/// flag by `=`.
///
/// Apart, ArgumentParser takes `-1h` for the flags `-1` and `-h` as soon as anything else is wrong: it prints the help, and
/// ends with 0.
enum ValueArguments {
  static func tied(_ words: [String]) -> [String] {
    var tied: [String] = []
    var isOver = false
    for word in words {
      if !isOver, isValue(word), let flag = tied.last, flag.hasPrefix("--"), flag.count > 2, !flag.contains("=") {
        tied[tied.count - 1] = "\(flag)=\(word)"
      } else {
        isOver = isOver || word == "--"
        tied.append(word)
      }
    }
    return tied
  }

  private static func isValue(_ word: String) -> Bool {
    let bytes = Array(word.utf8.prefix(2))
    return bytes.count == 2 && bytes[0] == UInt8(ascii: "-") && (0x30...0x39).contains(bytes[1])
  }
}
