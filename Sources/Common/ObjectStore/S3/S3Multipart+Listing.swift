import HTTP

extension S3Multipart {
  /// The parts that the store holds of an unfinished upload, by number.
  /// - Parameter upload: with the checksums that it was begun with, as far as that is known.
  /// - Returns: the upload as the store knows it, and its parts.
  func list(_ upload: S3Upload) async throws -> (upload: S3Upload, parts: [StoredPart]) {
    var upload = upload
    var parts: [StoredPart] = []
    var marker: Int?
    repeat {
      var parameters = [("uploadId", upload.id), ("max-parts", "1000")]
      if let marker { parameters.append(("part-number-marker", "\(marker)")) }
      let request = StoreRequest(
        method: .get, key: upload.key, query: HTTPQuery(parameters), headers: encryption.reading)
      let answer = try XMLElement(parsing: try await client.send(request).body)
      guard answer.name == "ListPartsResult" else {
        throw StoreFailure.malformed("the answer is a \(answer.name), no listing of parts")
      }
      for entry in answer.all("Part") { parts.append(try Self.part(entry)) }
      // Not every store says it here (SeaweedFS does not).
      let promise = S3Checksums.Promise(
        algorithm: answer["ChecksumAlgorithm"]?.text, type: answer["ChecksumType"]?.text)
      if promise == .wholeObject { upload.checksums = .crc32c }
      let next = answer["NextPartNumberMarker"]?.text
      guard answer["IsTruncated"]?.text == "true" else { break }
      guard let next, let number = Int(next), number > marker ?? 0 else {
        throw StoreFailure.malformed("the listing of parts does not get any further than its last page")
      }
      marker = number
    } while parts.count <= S3PartLayout.maximumParts
    return (upload, parts)
  }

  private static func part(_ entry: XMLElement) throws -> StoredPart {
    guard let number = entry["PartNumber"].flatMap({ Int($0.text) }), let etag = entry["ETag"]?.text,
      let size = entry["Size"].flatMap({ UInt64($0.text) })
    else { throw StoreFailure.malformed("the listing holds a part without number, size or ETag") }
    return StoredPart(
      number: number, etag: AnswerFields.unquoted(etag), size: size,
      crc32c: entry["ChecksumCRC32C"].flatMap { S3Checksums.crc32c($0.text) })
  }

  /// The IDs of unfinished uploads of one key.
  /// - Parameter begun: milliseconds since 1970; older uploads are left out, and those of which the store does not say
  ///   when they began.
  func uploads(of key: String, since begun: Int64) async throws -> [String] {
    var ids: [String] = []
    var marker: (key: String, id: String)?
    repeat {
      var parameters = [("uploads", ""), ("prefix", key), ("encoding-type", "url"), ("max-uploads", "1000")]
      if let marker { parameters += [("key-marker", marker.key), ("upload-id-marker", marker.id)] }
      let request = StoreRequest(method: .get, query: HTTPQuery(parameters))
      let answer = try XMLElement(parsing: try await client.send(request).body)
      guard answer.name == "ListMultipartUploadsResult" else {
        throw StoreFailure.malformed("the answer is a \(answer.name), no listing of uploads")
      }
      let isEncoded = answer["EncodingType"]?.text == "url"
      func plain(_ text: String) -> String { isEncoded ? PercentEncoding.decodeForm(text) ?? text : text }
      for entry in answer.all("Upload") {
        // By bytes: as Strings, keys that differ can be equal.
        guard let text = entry["Key"]?.text, plain(text).utf8.elementsEqual(key.utf8),
          let id = entry["UploadId"]?.text, !id.isEmpty,
          let initiated = entry["Initiated"].flatMap({ HTTPDate.parseISO8601($0.text) }), initiated >= begun
        else { continue }
        ids.append(id)
      }
      guard answer["IsTruncated"]?.text == "true" else { break }
      let next = (plain(answer["NextKeyMarker"]?.text ?? ""), answer["NextUploadIdMarker"]?.text ?? "")
      guard !next.0.isEmpty, next != marker ?? ("", "") else {
        throw StoreFailure.malformed("the listing of uploads does not get any further than its last page")
      }
      marker = next
    } while ids.count <= 10_000
    return ids
  }
}
