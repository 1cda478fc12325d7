// Damaged files: every prefix, flipped bits, noise inside sound chunks. Nothing crashes, and clean, unclosed and
// corrupt are told apart.

import Glibc
import TestSupport
import Testing
import TraceModel

@testable import TraceFormat

@Suite struct DamageTests {

  @Test func everyPrefixIsUnclosedOrHasATornHeader() throws {
    let whole = try Traces.assembled(Traces.everyKind, "prefix")
    let path = Traces.path("prefix-cut")
    defer { unlink(path) }
    let headerSize = Int(whole[12]) | Int(whole[13]) << 8
    for count in 0..<whole.count {
      TestFiles.write(Array(whole[..<count]), to: path)
      do throws(TraceError) {
        let file = try TraceFile(path: path, readsRing: false)
        guard case .unclosed = file.state else {
          Issue.record("\(count) of \(whole.count) bytes are said to be closed")
          return
        }
        _ = try Traces.text(of: path)
      } catch {
        #expect(count < headerSize && error.kind == .tornHeader, "\(count) bytes: \(error)")
      }
    }
  }

  @Test(arguments: [ChunkLayout.rows, .columns])
  func everyFlippedBitIsFound(layout: ChunkLayout) throws {
    let whole = try Traces.assembled(Traces.loop(chunks: 3, rounds: 20), "flip-\(layout)", layout: layout)
    let path = Traces.path("flipped-\(layout)")
    defer { unlink(path) }
    for bit in 0..<whole.count * 8 {
      var bytes = whole
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      TestFiles.write(bytes, to: path)
      do throws(TraceError) {
        _ = try Traces.text(of: path)
        Issue.record("bit \(bit) of \(whole.count * 8) was not found")
      } catch {
        let isKnown = [.corrupt, .notATrace, .futureVersion, .tornHeader].contains(error.kind)
        #expect(isKnown && error.offset <= UInt64(whole.count), "bit \(bit): \(error)")
      }
    }
  }

  @Test func noiseInASoundChunkIsRefusedOrRead() throws {
    // The body is damaged and both checks are made to fit, so that the decoder itself is met.
    var random = Random(state: 42)
    for layout in [ChunkLayout.raw, .rows, .columns] {
      // A record with bits that no field covers makes the layout raw.
      let stray = layout == .raw ? "incref object=0x5 words=0x500000127,0x7\n@end" : "@end"
      let text = Traces.everyKind.replacing("@end", with: stray)
      let whole = try Traces.assembled(text, "noise-\(layout)", layout: layout == .raw ? .columns : layout)
      let path = Traces.path("noise-\(layout)")
      defer { unlink(path) }
      for _ in 0..<3_000 {
        let damaged = Self.damaged(whole, &random)
        TestFiles.write(damaged, to: path)
        do throws(TraceError) { _ = try Traces.text(of: path) } catch { #expect(error.kind == .corrupt, "\(error)") }
      }
    }
  }

  /// `whole` with its first two chunks' bodies stored, a few bytes of them changed, and all checks right; later chunks
  /// cut off.
  private static func damaged(_ whole: [UInt8], _ random: inout Random) -> [UInt8] {
    let headerSize = Int(whole[12]) | Int(whole[13]) << 8
    var result = Array(whole[..<headerSize])
    var place = headerSize
    for _ in 0..<2 {
      var header = Array(whole[place..<place + 80])
      let stored = number(header, 68)
      let body = Array(whole[place + 80..<place + 80 + stored])
      var encoded = header[6] == 1 ? inflate(body, number(header, 64)) : body
      place += 80 + stored
      for _ in 0..<1 + random.next() % 4 where !encoded.isEmpty {
        encoded[Int(random.next() % UInt64(encoded.count))] = UInt8(truncatingIfNeeded: random.next())
      }
      if random.next() % 8 == 0 { encoded.removeLast(min(encoded.count, Int(random.next() % 9))) }
      header[6] = 0
      put(encoded.count, &header, 64)
      put(encoded.count, &header, 68)
      put(Int(TestChecksum.check(encoded)), &header, 72)
      put(Int(TestChecksum.check(Array(header[..<76]))), &header, 76)
      result += header + encoded
    }
    return result
  }

  private static func number(_ bytes: [UInt8], _ place: Int) -> Int {
    (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << ($1 * 8) }
  }

  private static func put(_ value: Int, _ bytes: inout [UInt8], _ place: Int) {
    for index in 0..<4 { bytes[place + index] = UInt8(truncatingIfNeeded: value >> (index * 8)) }
  }

  private static func inflate(_ body: [UInt8], _ count: Int) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: count)
    let isGood = body.withUnsafeBytes { input in
      output.withUnsafeMutableBytes { FrameDecompressor().decompress(input, into: $0) }
    }
    return isGood ? output : []
  }

  @Test func aFullDeviceIsATypedError() {
    do throws(TraceError) {
      _ = try TraceWriter(path: "/dev/full", header: TraceHeader(), force: true)
      Issue.record("the full device took the header")
    } catch { #expect(error.kind == .noSpace) }
  }

  @Test func unknownChunkKindsAreSkipped() throws {
    let whole = try Traces.assembled(
      Traces.loop(chunks: 1, rounds: 3).replacing("@end status=0 signalled=0\n", with: ""), "unknown")
    let headerSize = Int(whole[12]) | Int(whole[13]) << 8
    var header = Array(whole[headerSize..<headerSize + 80])
    header[4] = 200
    Self.put(5, &header, 68)
    Self.put(Int(TestChecksum.check(Array(header[..<76]))), &header, 76)
    let path = Traces.path("unknown-kind")
    defer { unlink(path) }
    TestFiles.write(Array(whole[..<headerSize]) + header + [1, 2, 3, 4, 5] + whole[headerSize...], to: path)
    let file = try TraceFile(path: path, readsRing: false)
    #expect(file.chunks.count == 2 && file.chunks[0].kind == nil)
    #expect(try file.sums().first?.events == 18)
  }

  @Test func aFutureMajorVersionIsRefused() throws {
    var whole = try Traces.assembled(Traces.loop(chunks: 1, rounds: 1), "future")
    whole[8] = 9
    let path = Traces.path("future")
    defer { unlink(path) }
    TestFiles.write(whole, to: path)
    do throws(TraceError) {
      _ = try TraceFile(path: path)
      Issue.record("version 9 was read")
    } catch { #expect(error.kind == .futureVersion && error.message.contains("newer exuvia")) }
  }

  @Test func aDefinitionFarBeyondTheOthersIsRefused() throws {
    let text =
      "@exuvia 0.1\n@header flags=0 level=heap wall=0 monotonic=0 pid=0\ndefineString id=4000000000 text=\"a\"\n"
    let path = Traces.path("far")
    defer { unlink(path) }
    try TextReader.assemble(Array(text.utf8), textPath: "far", outputPath: path, force: true)
    do throws(TraceError) {
      _ = try TraceFile(path: path, readsRing: false).definitions(of: 0)
      Issue.record("the definition was taken")
    } catch { #expect(error.kind == .corrupt) }
  }
}
