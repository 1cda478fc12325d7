// The ring alone, both ends in one process.

import EventRing
import Glibc
import TestSupport
import Testing
import TraceFormat
import TraceModel

@Suite struct RingTests {
  let directory = TestFolder()
  var path: String { directory.file("x.ring") }

  private func pair(_ mode: RingMode = .block) throws -> (EventReader, EventWriter) {
    var options = RingOptions()
    options.capacity = RingLayout.capacityMin
    options.mode = mode
    options.consumerPid = UInt32(getpid())
    return (try EventReader.create(path: path, options: options), try EventWriter.attach(path: path))
  }

  private func drain(_ reader: EventReader, _ words: inout [UInt64], bytesMax: Int = 1000) {
    while let batch = reader.nextBatch(bytesMax: bytesMax) {
      words += batch.words
      reader.release()
    }
  }

  @Test func recordsOfAllSizesComeOutAsTheyWentIn() throws {
    let (reader, writer) = try pair()
    var expected: [UInt64] = []
    var found: [UInt64] = []
    var seed: UInt64 = 42
    for index: UInt64 in 0..<60_000 {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      switch seed >> 40 & 7 {
      case 0:
        let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: Int(seed >> 44 & 0x3FFF))
        let word = UInt64(EventKind.output.rawValue) | index << 32
        bytes.withUnsafeBytes { writer.writePayload(word, bytes: $0) }
        var padded = bytes + [UInt8](repeating: 0, count: (16 - bytes.count & 15) & 15)
        expected += [word, UInt64(bytes.count)]
        padded.withUnsafeMutableBytes { expected += $0.bindMemory(to: UInt64.self) }
      case 1, 2:
        let word = UInt64(EventKind.lockRelease.rawValue) | index << 32
        writer.write(word, 1, 2, 3)
        expected += [word, 1, 2, 3]
      case 3:
        let word = UInt64(EventKind.collectEnd.rawValue) | index << 32
        writer.write(word, 1, 2, 3, 4, 5)
        expected += [word, 1, 2, 3, 4, 5]
      default:
        let word = UInt64(EventKind.incref.rawValue) | index << 32
        writer.write(word, 0)
        expected += [word, 0]
      }
      if reader.available > RingLayout.capacityMin / 2 { drain(reader, &found) }
    }
    drain(reader, &found)
    #expect(found == expected)
    #expect(reader.droppedEvents == 0)
    #expect(!reader.isDamaged)
  }

  @Test func aTooLongPayloadIsCut() throws {
    let (reader, writer) = try pair()
    let bytes = [UInt8](repeating: 1, count: payloadBytesMax + 5)
    bytes.withUnsafeBytes { writer.writePayload(UInt64(EventKind.output.rawValue), bytes: $0) }
    var found: [UInt64] = []
    drain(reader, &found)
    #expect(found[1] == UInt64(payloadBytesMax))
    #expect(found.count * 8 == payloadBytesMax + 16)
  }

  @Test func withoutAConsumerRecordsAreDroppedAndTheLossIsToldLater() throws {
    var options = RingOptions()
    options.capacity = RingLayout.capacityMin
    let reader = try EventReader.create(path: path, options: options)
    let writer = try EventWriter.attach(path: path)
    for index: UInt64 in 0..<20_000 { writer.write(UInt64(EventKind.incref.rawValue) | index << 32, 0) }
    let dropped = reader.droppedEvents
    #expect(dropped > 0)
    // What the file of a program that is killed now says.
    let told = try RingFile(path: path).pendingLoss
    #expect(told.count == 4)
    #expect(told[0] == UInt64(EventKind.loss.rawValue) | LossCause.consumerDead.rawValue << 8)
    #expect(told[2] == dropped)
    var found: [UInt64] = []
    drain(reader, &found)
    #expect(found.count / 2 + Int(dropped) == 20_000)
    found = []
    writer.write(UInt64(EventKind.incref.rawValue), 0)
    drain(reader, &found)
    #expect(found.count == 6)
    #expect(found[0] == UInt64(EventKind.loss.rawValue) | LossCause.consumerDead.rawValue << 8)
    #expect(found[2] == dropped)
    #expect(try RingFile(path: path).pendingLoss.isEmpty)
  }

  @Test func aRingFileIsReadAroundTheEndOfTheLap() throws {
    let (reader, writer) = try pair()
    let bytes = [UInt8](repeating: 7, count: 30_001)
    for index: UInt64 in 0..<9 {
      // A batch of one byte at most is one record: two stay in the ring, and the third is about to come.
      if index > 1 { _ = reader.nextBatch(bytesMax: 1) }
      reader.release()
      bytes.withUnsafeBytes { writer.writePayload(UInt64(EventKind.output.rawValue) | index << 32, bytes: $0) }
    }
    let tail = try RingFile(path: path).records(from: 0)
    var expected: [UInt64] = []
    drain(reader, &expected)
    #expect(tail.words == expected)
    #expect(!tail.isTorn)
    #expect(expected.count == 2 * (2 + 3752))
  }

  @Test func aScribbledRingIsDamagedAndNotACrash() throws {
    let (reader, writer) = try pair()
    writer.write(UInt64(EventKind.incref.rawValue), 0)
    writer.write(0xFF, 0)
    writer.write(UInt64(EventKind.incref.rawValue), 0)
    var found: [UInt64] = []
    drain(reader, &found)
    #expect(found.count == 2)
    #expect(reader.isDamaged)
    #expect(try RingFile(path: path).records(from: 0).isTorn)
    #expect(reader.skipDamage() == 32)
    writer.write(UInt64(EventKind.decref.rawValue), 0)
    drain(reader, &found)
    #expect(found.count == 4)
  }

  @Test func noContentOfARingFileMakesItsReaderCrash() throws {
    let (reader, writer) = try pair()
    for index: UInt64 in 0..<3000 { writer.write(UInt64(EventKind.lockRelease.rawValue) | index << 32, 1, 2, 3) }
    _ = reader
    let size = RingLayout.dataOffset + Int(RingLayout.capacityMin)
    var seed: UInt64 = 7
    let descriptor = open(path, O_RDWR)
    defer { close(descriptor) }
    for round in 0..<2000 {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      // Mostly the header, where the numbers stand that lead on.
      let place = Int(seed >> 33) % (round & 1 == 0 ? 512 : size)
      var old: UInt8 = 0
      var new = UInt8(truncatingIfNeeded: seed >> 25)
      pread(descriptor, &old, 1, off_t(place))
      pwrite(descriptor, &new, 1, off_t(place))
      if let ring = try? RingFile(path: path) { _ = try? ring.records(from: seed >> 50) }
      _ = RingFile.paths(root: path).count
      pwrite(descriptor, &old, 1, off_t(place))
    }
    for length in stride(from: 0, to: size, by: 1009) {
      ftruncate(descriptor, off_t(length))
      _ = try? RingFile(path: path).records(from: 0)
    }
    // N.B. the mapping must not be touched after the file was cut.
  }

  @Test func probesFollowTheLevel() throws {
    #expect(ProbeSet(.off) == [])
    #expect(ProbeSet(.heap) == .heap)
    #expect(ProbeSet(.calls) == [.heap, .calls])
    #expect(ProbeSet(.links) == [.heap, .links])
    #expect(ProbeSet(.refs) == [.heap, .links, .refs])
    #expect(ProbeSet(.all) == [.heap, .calls, .links, .refs, .lookups])
    let writer = try EventWriter.make()
    writer.setProbes(.heap)
    #expect(writer.probes == [])
    writer.write(UInt64(EventKind.incref.rawValue), 0)
    writer.end(status: 0)
    #expect(writer.prepareChild()?.stream == nil)
  }
}
