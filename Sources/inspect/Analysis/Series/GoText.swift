/// Numbers and strings as Go's `%g` and `strconv.Quote` write them, so that dumps can be compared with promtool's.
enum GoText {
  /// The shortest digits that mean this very number, with an exponent below 0.0001 and from a million on.
  static func append(_ value: Double, to text: inout [UInt8]) {
    guard value.isFinite else {
      text += value.isNaN ? Array("NaN".utf8) : Array((value < 0 ? "-Inf" : "+Inf").utf8)
      return
    }
    if value.sign == .minus { text.append(UInt8(ascii: "-")) }
    // Few digits and no fraction: most samples.
    if value.magnitude < 1_000_000, value.magnitude == value.magnitude.rounded(.down) {
      append(UInt64(value.magnitude), to: &text)
      return
    }
    let (digits, exponent) = digits(of: value.magnitude)
    if !(-4..<6).contains(exponent) {
      appendScientific(digits, exponent, to: &text)
    } else if exponent < 0 {
      text += Array("0.".utf8) + repeatElement(UInt8(ascii: "0"), count: -exponent - 1) + digits
    } else {
      text += digits.prefix(exponent + 1) + repeatElement(UInt8(ascii: "0"), count: max(0, exponent + 1 - digits.count))
      if digits.count > exponent + 1 { text += [UInt8(ascii: ".")] + digits.dropFirst(exponent + 1) }
    }
  }

  private static func appendScientific(_ digits: [UInt8], _ exponent: Int, to text: inout [UInt8]) {
    text += digits.prefix(1)
    if digits.count > 1 { text += [UInt8(ascii: ".")] + digits.dropFirst() }
    text += [UInt8(ascii: "e"), UInt8(ascii: exponent < 0 ? "-" : "+")]
    if exponent.magnitude < 10 { text.append(UInt8(ascii: "0")) }
    append(UInt64(exponent.magnitude), to: &text)
  }

  /// The significant digits and the power of ten of the first.
  private static func digits(of value: Double) -> (digits: [UInt8], exponent: Int) {
    let parts = value.description.split(separator: "e")
    let power = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let mantissa = Array((parts.first ?? "0").utf8)
    let point = mantissa.firstIndex(of: UInt8(ascii: "."))
    var digits = mantissa.filter { $0 != UInt8(ascii: ".") }
    var exponent = (point ?? digits.count) - 1 + power
    let zeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
    exponent -= zeros
    digits.removeFirst(zeros)
    while digits.last == UInt8(ascii: "0") { digits.removeLast() }
    return digits.isEmpty ? ([UInt8(ascii: "0")], 0) : (digits, exponent)
  }

  static func append(_ value: some BinaryInteger, to text: inout [UInt8]) { text += Array(String(value).utf8) }

  /// In double quotes, with what is not to be printed escaped.
  static func appendQuoted(_ bytes: [UInt8], to text: inout [UInt8]) {
    text.append(UInt8(ascii: "\""))
    var rest = bytes[...]
    while let byte = rest.first {
      if byte < 0x80 {
        appendASCII(byte, to: &text)
        rest = rest.dropFirst()
        continue
      }
      var decoder = UTF8()
      var source = rest.makeIterator()
      if case .scalarValue(let scalar) = decoder.decode(&source) {
        let encoded = Array(String(Character(scalar)).utf8)
        text += isPrinted(scalar) ? encoded : Array(escape(scalar).utf8)
        rest = rest.dropFirst(encoded.count)
      } else {
        text += Array(hexadecimal("\\x", UInt32(byte), 2).utf8)
        rest = rest.dropFirst()
      }
    }
    text.append(UInt8(ascii: "\""))
  }

  private static let short: [UInt8: String] = [
    0x07: "\\a", 0x08: "\\b", 0x0C: "\\f", 0x0A: "\\n", 0x0D: "\\r", 0x09: "\\t", 0x0B: "\\v", 0x5C: "\\\\", 0x22: "\\\"",
  ]

  private static func appendASCII(_ byte: UInt8, to text: inout [UInt8]) {
    if byte >= 0x20, byte < 0x7f, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
      text.append(byte)
    } else {
      text += Array((short[byte] ?? hexadecimal("\\x", UInt32(byte), 2)).utf8)
    }
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    scalar.value > 0xffff ? hexadecimal("\\U", scalar.value, 8) : hexadecimal("\\u", scalar.value, 4)
  }

  private static func hexadecimal(_ head: String, _ value: UInt32, _ width: Int) -> String {
    let digits = String(value, radix: 16)
    return head + String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }

  /// Letters, marks, numbers, punctuation and symbols.
  private static func isPrinted(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .spaceSeparator: false
    default: true
    }
  }
}
