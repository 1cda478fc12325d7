// The table of events under the format's version: a change that breaks old files must not go unseen.

import TestSupport
import Testing
import TraceModel

@testable import TraceFormat

@Suite struct SpecTests {

  /// Everything about a row that decides its bytes.
  private static func signature(_ kind: EventKind) -> String {
    let spec = EventSpec.spec(kind)
    let fields = spec.fields.map { field in
      let choices = field.choices.isEmpty ? "" : "(\(field.choices.joined(separator: ",")))"
      return "\(field.name):\(field.kind)\(choices)@\(field.word).\(field.shift)+\(field.width)"
    }
    let extra = spec.hasTime ? "time" : spec.hasPayload ? "payload" : "-"
    return
      "| \(kind.rawValue) | \(kind) | \(spec.level) | \(spec.words) | \(extra) | \(fields.joined(separator: " ")) |"
  }

  @Test func theTableOfThisVersionHasNotChanged() {
    let table = EventKind.allCases.map { Self.signature($0) }.joined(separator: "\n")
    let hash = Array(table.utf8).withUnsafeBytes { Checksum.xxh64($0) }
    // On a deliberate change: raise the minor version (rows or fields added) or the major one (anything else), unless the
    // major version is 0, which promises nothing and may gain rows; bring
    // docs/FORMAT.md up to date with `TraceGenerator --table`, and put the new hash here.
    #expect(Limits.versionMajor == 0 && Limits.versionMinor == 1)
    #expect(hash == 0xa266_8b2b_dbbf_a8d5, "the table's hash is 0x\(String(hash, radix: 16))")
  }

  @Test func theNormativeTextHasTheSameTable() {
    let text = String(decoding: TestFiles.read(Self.root + "/docs/FORMAT.md"), as: UTF8.self)
    let rows = Set(text.split(separator: "\n"))
    for kind in EventKind.allCases { #expect(rows.contains(Self.signature(kind)[...]), "\(kind)") }
  }

  private static let root: String = {
    let parts = #filePath.split(separator: "/")
    return "/" + parts.dropLast(3).joined(separator: "/")
  }()

  @Test func noTwoFieldsOfARowOverlap() {
    for kind in EventKind.allCases {
      let spec = EventSpec.spec(kind)
      var taken = [UInt64](repeating: 0, count: spec.words)
      taken[0] = 0xFF
      if spec.hasTime { taken[1] = .max }
      if spec.hasPayload { taken[1] = 0xFFFF_FFFF }
      for field in spec.fields {
        let bits = CodecTable.mask(field.width) << UInt64(field.shift)
        #expect(taken[Int(field.word)] & bits == 0, "\(kind).\(field.name)")
        taken[Int(field.word)] |= bits
      }
    }
  }

  @Test func xxh64IsThePublishedOne() {
    let inputs: [(String, UInt64)] = [
      ("", 0xEF46_DB37_51D8_E999), ("a", 0xD24E_C4F1_A98C_6E5B), ("abc", 0x44BC_2CF5_AD77_0999),
      ("abcdefghijklmnopqrstuvwxyz0123456789", 0x64F2_3ECF_1609_B766),
    ]
    for (text, hash) in inputs { #expect(Array(text.utf8).withUnsafeBytes { Checksum.xxh64($0) } == hash, "\(text)") }
  }
}

/// The format's check, for tests that make damaged files.
enum TestChecksum {
  static func check(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { Checksum.check($0) } }
}
