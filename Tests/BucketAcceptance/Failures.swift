import ObjectStore
import Testing

extension BucketAcceptance {
  static let failureChecks = [
    Check(promise: "an error of the receiver ends the transfer and comes out") { bucket in
      struct Enough: Error {}
      try await bucket.put("object", .bytes(pattern(4_000_000)))
      let received = Received()
      await #expect(throws: Enough.self) {
        try await bucket.get("object", range: nil) { bytes in
          await received.append(bytes)
          throw Enough()
        }
      }
      #expect(await received.bytes.count < 4_000_000)
    },
    Check(promise: "a cancelled get throws CancellationError and stops") { bucket in
      try await bucket.put("object", .bytes(pattern(4_000_000)))
      let received = Received()
      let (arrivals, arrival) = AsyncStream<Void>.makeStream()
      let (releases, release) = AsyncStream<Void>.makeStream()
      let transfer = Task {
        try await bucket.get("object", range: nil) { bytes in
          await received.append(bytes)
          arrival.yield()
          // The receiver is in the middle of its work when the cancellation comes.
          for await _ in releases {}
        }
      }
      for await _ in arrivals { break }
      transfer.cancel()
      release.finish()
      await #expect(throws: CancellationError.self) { _ = try await transfer.value }
      #expect(await received.bytes.count < 4_000_000)
    },
    Check(promise: "a task that was cancelled before does nothing") { bucket in
      try await bucket.put("object", .bytes([1]))
      let calls: [@Sendable () async throws -> Void] = [
        { try await bucket.put("object", .bytes([2, 2])) },
        { try await bucket.put("new", .bytes([2, 2])) },
        { try await bucket.delete("object") },
        { _ = try await bucket.attributes(of: "object") },
        { _ = try await bucket.listPage(prefix: "", style: .recursive, after: nil) },
        { try await bucket.get("object", range: nil) { _ in } },
      ]
      for (number, call) in calls.enumerated() {
        let task = Task {
          unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
          try await call()
        }
        await #expect(throws: CancellationError.self, "call \(number)") { try await task.value }
      }
      #expect(try await bucket.keys() == ["object"])
      #expect(try await bucket.received("object") == [1])
    },
    Check(promise: "many writers of one key leave one whole object") { bucket in
      try await withThrowingTaskGroup { group in
        for seed in 1...8 as ClosedRange<UInt64> {
          group.addTask { _ = try await bucket.put("object", .bytes(pattern(100_000 + Int(seed), seed: seed))) }
        }
        try await group.waitForAll()
      }
      let bytes = try await bucket.received("object")
      let seed = UInt64(max(1, bytes.count - 100_000))
      #expect(bytes == pattern(bytes.count, seed: seed))
      #expect(try await bucket.keys() == ["object"])
    },
    Check(promise: "writing and deleting side by side does no harm") { bucket in
      try await withThrowingTaskGroup { group in
        for lane in 0..<8 {
          group.addTask {
            for _ in 0..<10 {
              try await bucket.put("folder/deep/\(lane)", .bytes([1]))
              try await bucket.delete("folder/deep/\(lane)")
            }
            try await bucket.put("folder/deep/\(lane)", .bytes([1]))
          }
        }
        try await group.waitForAll()
      }
      #expect(try await bucket.keys().count == 8)
    },
  ]
}
