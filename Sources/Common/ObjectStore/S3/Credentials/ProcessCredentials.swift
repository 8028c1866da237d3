import Platform

/// `credential_process`: a program that prints credentials as JSON.
///
/// Source: "Process credential provider", AWS SDKs and Tools reference guide.
struct ProcessCredentials: CredentialSource {
  private let command: String
  private let source: String
  private let surroundings: CredentialSurroundings

  init(_ command: String, profile: String, _ surroundings: CredentialSurroundings) {
    self.command = command
    source = "credential_process of profile \(profile)"
    self.surroundings = surroundings
  }

  var place: String { source }

  func find() async throws -> FoundCredentials<S3Credentials>? {
    guard let words = CommandWords.split(command), !words.isEmpty else {
      throw CredentialError(.misconfigured, source, "a quotation mark is not closed, or there is no program")
    }
    let output: [UInt8]
    do {
      output = try await BlockingPool.shared.run { [limit = surroundings.programTimeLimit] () throws(ProgramError) in
        try ProgramOutput.read(words, timeLimit: limit)
      }
    } catch {
      // What the program wrote is not shown: some print secrets with their complaints.
      throw CredentialError(.refused, source, "\(error): run it by hand to see why", cause: error)
    }
    let json = try CredentialJSON(output, source: source)
    guard json.integer("Version") == 1 else {
      throw CredentialError(.refused, source, "its JSON does not have \"Version\": 1")
    }
    return try json.credentials(token: "SessionToken")
  }
}

/// Takes a command apart as a POSIX shell does, without anything else that a shell does.
enum CommandWords {
  /// - Returns: `nil` where a quotation mark is not closed.
  static func split(_ text: String) -> [String]? {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var characters = text.makeIterator()
    while let character = characters.next() {
      switch (quote, character) {
      case (nil, " "), (nil, "\t"), (nil, "\n"):
        if let ended = word { words.append(ended) }
        word = nil
      case (nil, "\""), (nil, "'"):
        quote = character
        word = word ?? ""
      case (let open?, _) where open == character: quote = nil
      case (nil, "\\"):
        guard let next = characters.next() else { return nil }
        word = (word ?? "") + String(next)
      case ("\""?, "\\"):
        guard let next = characters.next() else { return nil }
        word = (word ?? "") + (next == "\"" || next == "\\" ? String(next) : "\\\(next)")
      default: word = (word ?? "") + String(character)
      }
    }
    guard quote == nil else { return nil }
    if let word { words.append(word) }
    return words
  }
}
