/// An element of an answer with what is in it. Meant for answers of a few megabytes.
struct XMLElement: Equatable, Sendable {
  var name: String
  /// Its own text, without that of its children and without the white space between them.
  var text = ""
  var children: [XMLElement] = []

  init(name: String) { self.name = name }

  /// Reads a whole document.
  init(parsing bytes: [UInt8]) throws(XMLError) {
    var reader = XMLReader(bytes)
    var open: [XMLElement] = []
    while let event = try reader.next() {
      switch event {
      case .start(let name): open.append(XMLElement(name: name))
      case .text(let text): if !open.isEmpty { open[open.count - 1].text += text }
      case .end:
        var element = open.removeLast()
        // Between child elements there is nothing but layout.
        if !element.children.isEmpty { element.text = "" }
        guard !open.isEmpty else {
          self = element
          while try reader.next() != nil {}
          return
        }
        open[open.count - 1].children.append(element)
      }
    }
    throw XMLError(offset: bytes.count, reason: "no element")
  }

  /// The first child of a name.
  subscript(name: String) -> XMLElement? { children.first { $0.name == name } }

  func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }
}
