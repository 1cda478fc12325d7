// Every export read back: it is whole in its own format, and its sums are those of the statistics.

import Foundation
import TestSupport
import Testing
import TraceAnalysis
import TraceReplay

@testable import TraceExport

@Suite struct ExportTests {

  private func session() throws -> TraceSession { try TextTraces.sound() }

  private func bytes(_ export: (@escaping (borrowing [UInt8]) -> Void) throws -> Void) throws -> [UInt8] {
    final class Collected { var bytes: [UInt8] = [] }
    let collected = Collected()
    try export { collected.bytes += $0 }
    return collected.bytes
  }

  private func object(_ bytes: [UInt8]) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
  }

  private var births: UInt64 { get throws { try session().report().statistics.types.reduce(0) { $0 + $1.births } } }
  private var bornBytes: UInt64 { get throws { try session().report().statistics.types.reduce(0) { $0 + $1.bytes } } }

  @Test func foldedLinesHaveFramesAndAWeightAndSumUp() throws {
    let text = String(
      decoding: try bytes { _ = try CallPathExport.folded(session(), by: .bytes, write: $0) }, as: UTF8.self)
    var sum: UInt64 = 0
    for line in text.split(separator: "\n") {
      let space = try #require(line.lastIndex(of: " "))
      #expect(!line[..<space].isEmpty)
      sum += try #require(UInt64(line[line.index(after: space)...]))
    }
    #expect(try sum == bornBytes)
  }

  @Test func speedscopeProfilesReferToFramesAndSumUp() throws {
    let file = try object(try bytes { _ = try CallPathExport.speedscope(session(), write: $0) })
    let frames = try #require((file["shared"] as? [String: Any])?["frames"] as? [[String: Any]])
    let profiles = try #require(file["profiles"] as? [[String: Any]])
    #expect(profiles.count == 3 && frames.allSatisfy { $0["name"] is String })
    for profile in profiles {
      let samples = try #require(profile["samples"] as? [[Int]])
      let weights = try #require(profile["weights"] as? [UInt64])
      #expect(samples.count == weights.count && samples.joined().allSatisfy { frames.indices.contains($0) })
      #expect(weights.reduce(0, +) == profile["endValue"] as? UInt64)
    }
    #expect(try profiles[0]["endValue"] as? UInt64 == bornBytes && profiles[1]["endValue"] as? UInt64 == births)
  }

  @Test func chromeEventsAreWholeAndBeginsAreEnded() throws {
    let file = try object(try bytes { _ = try ChromeExport.run([session()], write: $0) })
    let events = try #require(file["traceEvents"] as? [[String: Any]])
    var open: [String: Int] = [:]
    for event in events {
      let phase = try #require(event["ph"] as? String)
      #expect(["M", "C", "X", "B", "E", "i"].contains(phase) && event["pid"] is Int && event["tid"] is Int)
      if phase != "M" { #expect(event["ts"] is Double) }
      if phase == "X" { #expect(try #require(event["dur"] as? Double) >= 0) }
      let row = "\(event["tid"] ?? 0)"
      if phase == "B" { open[row, default: 0] += 1 }
      if phase == "E" { open[row, default: 0] -= 1 }
      #expect(open[row, default: 0] >= 0)
    }
    let passes = events.filter {
      $0["ph"] as? String == "X" && ($0["name"] as? String)?.hasPrefix("generation") == true
    }
    #expect(try passes.count == session().report().statistics.passes.count)
  }

  /// Fields of a protobuf message: number with a varint or with bytes; nil when it is cut.
  private func fields(_ bytes: ArraySlice<UInt8>) -> [(number: UInt64, varint: UInt64, bytes: ArraySlice<UInt8>)]? {
    var place = bytes.startIndex
    func varint() -> UInt64? {
      var (value, shift): (UInt64, UInt64) = (0, 0)
      while place < bytes.endIndex, shift < 64 {
        let byte = bytes[place]
        place += 1
        value |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { return value }
        shift += 7
      }
      return nil
    }
    var found: [(UInt64, UInt64, ArraySlice<UInt8>)] = []
    while place < bytes.endIndex {
      guard let key = varint(), let value = varint() else { return nil }
      guard key & 7 != 0 else {
        found.append((key >> 3, value, []))
        continue
      }
      guard key & 7 == 2, value <= UInt64(bytes.endIndex - place) else { return nil }
      found.append((key >> 3, value, bytes[place..<place + Int(value)]))
      place += Int(value)
    }
    return found
  }

  @Test func perfettoPacketsAreWholeAndSlicesAreEnded() throws {
    // Numbers of fields: TracePacket.timestamp 8, track_event 11, track_descriptor 60; TrackEvent.type 9, track_uuid 11.
    let whole = try bytes { _ = try PerfettoExport.run([session()], write: $0) }
    let packets = try #require(fields(whole[...]))
    var (described, depth): (Set<UInt64>, [UInt64: Int]) = ([], [:])
    for packet in packets {
      #expect(packet.number == 1)
      for part in try #require(fields(packet.bytes)) where part.number == 60 || part.number == 11 {
        let inside = try #require(fields(part.bytes))
        if part.number == 60 {
          described.insert(try #require(inside.first { $0.number == 1 }).varint)
          continue
        }
        let track = try #require(inside.first { $0.number == 11 }).varint
        #expect(described.contains(track))
        switch inside.first(where: { $0.number == 9 })?.varint {
        case 1: depth[track, default: 0] += 1
        case 2:
          depth[track, default: 0] -= 1
          #expect(depth[track, default: 0] >= 0)
        default: break
        }
      }
    }
    #expect(packets.count > 10 && !depth.isEmpty && depth.values.allSatisfy { $0 == 0 })
  }

  @Test func semanticLinesAreJSONAndTellTheProgramsObjects() throws {
    let text = String(decoding: try bytes { _ = try SemanticExport.run(session(), write: $0) }, as: UTF8.self)
    let lines = try text.split(separator: "\n").map { try object(Array($0.utf8)) }
    func count(_ event: String, _ type: String) -> Int {
      lines.count { $0["e"] as? String == event && $0["t"] as? String == type }
    }
    #expect(count("new", "Foo") == 5 && count("free", "Foo") == 5 && count("new", "generator") == 1)
    let yielded = try #require(lines.first { $0["op"] as? String == "yield" })
    #expect(yielded["v"] as? Int == 40 && yielded["line"] as? Int == 4)
  }

  @Test func thePageHoldsItsDataAndAsksForNothing() throws {
    let page = String(decoding: try bytes { _ = try TimelinePage.write(session(), to: $0) }, as: UTF8.self)
    let begin = try #require(page.range(of: "id=\"meta\">")).upperBound
    let end = try #require(page.range(of: "</script>", range: begin..<page.endIndex)).lowerBound
    let meta = try object(Array(page[begin..<end].utf8))
    #expect(meta["title"] is String)
    #expect(!page.contains("src=") && !page.contains("@import") && page.contains("default-src 'none'"))
    #expect(page.hasSuffix("</html>\n"))
  }

  @Test func aNameCannotEndThePagesData() throws {
    let text = String(decoding: TestFiles.read("\(TestFiles.root)/traces/lawful/sound.txt"), as: UTF8.self)
    let hostile = text.replacing("text=\"Foo\"", with: "text=\"</script><script>alert(1)//\"")
    let session = try TextTraces.session(Array(hostile.utf8), name: "hostile")
    let page = String(decoding: try bytes { _ = try TimelinePage.write(session, to: $0) }, as: UTF8.self)
    #expect(!page.contains("<script>alert") && page.contains("alert(1)"))
  }
}
