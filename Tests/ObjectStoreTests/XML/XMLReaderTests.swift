import Testing

@testable import ObjectStore

@Suite("XML of S3's answers")
struct XMLReaderTests {
  private func element(_ text: String) throws -> XMLElement { try XMLElement(parsing: Array(text.utf8)) }

  @Test("elements, text, entities, CDATA and comments; namespaces and attributes are passed over")
  func reads() throws {
    let root = try element(
      """
      \u{FEFF}<?xml version="1.0"?><!-- a > comment -->
      <s3:Root xmlns:s3="http://x/>" a='"'>
        <Key>a &amp; b&#x41;&#66; <![CDATA[<&>]]>ü</Key><Empty/><Other attribute="/"> x </Other>
      </s3:Root>
      """)
    #expect(root.name == "Root")
    #expect(root.text == "")
    #expect(root["Key"]?.text == "a & bAB <&>ü")
    #expect(root["Empty"]?.text == "")
    #expect(root["Other"]?.text == " x ")
  }

  @Test(
    "what is no XML, or hostile, is an error with a place",
    arguments: [
      "", "plain", "<a>", "<a></b>", "<a/><b/>", "</a>", "<a", "<a b='", "<a>&nbsp;</a>", "<a>&#xD800;</a>",
      "<a>&amp</a>",
      "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "<a><![CDATA[x</a>", "<>x</>", "<!-- <a/>",
      String(repeating: "<a>", count: 100), "<" + String(repeating: "n", count: 1000) + "/>",
      "<a>" + String(repeating: "t", count: 100_000) + "</a>",
    ])
  func refuses(_ text: String) {
    #expect(throws: XMLError.self) { try element(text) }
  }

  @Test("no prefix and no changed byte of an answer makes the reader fail in any other way")
  func robust() {
    let text = Array("<?xml?><R a='b'><C><K>k&lt;</K><S>12</S></C><!-- c --><D/><![CDATA[x]]></R>".utf8)
    for length in 0..<text.count { _ = try? XMLElement(parsing: Array(text[..<length])) }
    for index in text.indices {
      for byte in [0, 0x26, 0x3c, 0x3e, 0x2f, 0x21, 0xff] as [UInt8] {
        var changed = text
        changed[index] = byte
        _ = try? XMLElement(parsing: changed)
      }
    }
  }
}

@Suite("Listing pages")
struct S3ListingPageTests {
  private func page(_ body: String, isV1: Bool = false) throws -> S3ListingPage {
    try S3ListingPage(parsing: Array("<ListBucketResult xmlns=\"x\">\(body)</ListBucketResult>".utf8), isV1: isV1)
  }

  @Test("keys are decoded when, and only when, the store says that it encoded them")
  func encoding() throws {
    let entries =
      "<Contents><Key>a%2Fb+c%C3%BC</Key><Size>1</Size></Contents>"
      + "<CommonPrefixes><Prefix>d%20/</Prefix></CommonPrefixes>"
    let encoded = try page("<EncodingType>url</EncodingType>" + entries)
    #expect(encoded.objects.map(\.key) == ["a/b cü"])
    #expect(encoded.folders == ["d /"])
    let plain = try page(entries)
    #expect(plain.objects.map(\.key) == ["a%2Fb+c%C3%BC"])
    #expect(plain.folders == ["d%20/"])
  }

  @Test("size, time and ETag")
  func attributes() throws {
    let listed = try page(
      "<Contents><Key>k</Key><LastModified>2009-10-12T17:50:30.250Z</LastModified>"
        + "<ETag>&quot;abc-2&quot;</ETag><Size>5368709121</Size></Contents>"
    )
    #expect(
      listed.objects.first?.attributes
        == ObjectAttributes(size: 5_368_709_121, modified: 1_255_369_830_250, etag: "abc-2"))
    #expect(listed.next == nil)
  }

  @Test("the next page begins where the version says")
  func next() throws {
    let contents = "<Contents><Key>k1</Key><Size>1</Size></Contents><Contents><Key>k2</Key><Size>1</Size></Contents>"
    let cut = "<IsTruncated>true</IsTruncated>"
    #expect(try page(cut + "<NextContinuationToken>t/+=</NextContinuationToken>" + contents).next == "t/+=")
    #expect(try page(cut + "<NextMarker>m</NextMarker>" + contents, isV1: true).next == "m")
    #expect(try page(cut + contents, isV1: true).next == "k2")
    #expect(try page(cut + contents + "<CommonPrefixes><Prefix>l/</Prefix></CommonPrefixes>", isV1: true).next == "l/")
  }

  @Test(
    "a page that would end a listing too early, or lacks a size, is refused",
    arguments: [
      "<IsTruncated>true</IsTruncated>", "<Contents><Key>k</Key></Contents>",
      "<Contents><Key>k</Key><Size>-1</Size></Contents>",
      "<EncodingType>url</EncodingType><Contents><Key>%4</Key><Size>1</Size></Contents>",
    ])
  func refuses(_ body: String) {
    #expect(throws: StoreFailure.self) { try page(body) }
  }
}
