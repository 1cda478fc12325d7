// Every law is broken by a planted violation, and by nothing in an honest trace.

import TestSupport
import Testing
import TraceFormat
import TraceModel
import TraceReplay

@Suite struct LawTests {
  /// `traces/violations/LAW.txt` or `LAW-2.txt`.
  static func law(_ path: String) -> String {
    let name = path.split(separator: "/").last.map { String($0.dropLast(4)) } ?? ""
    guard let dash = name.lastIndex(of: "-"), Int(name[name.index(after: dash)...]) != nil else { return name }
    return String(name[..<dash])
  }

  @Test(arguments: TextTraces.files("traces/violations"))
  func aPlantedViolationIsFound(path: String) throws {
    let verdict = try TextTraces.session(file: path).verify()
    #expect(verdict.report.countByLaw[Self.law(path)] != nil, "found \(verdict.report.first)")
  }

  @Test func everyLawHasAPlantedViolation() {
    let planted = Set(TextTraces.files("traces/violations").map { Self.law($0) })
    let laws = Set(LawRegistry.make().map(\.name))
    #expect(laws.subtracting(planted).isEmpty)
    #expect(planted.subtracting(laws).isEmpty)
  }

  @Test(arguments: TextTraces.files("traces/lawful"))
  func anHonestTraceBreaksNoLaw(path: String) throws {
    for stream in try TextTraces.session(file: path).streams {
      let verdict = try TextTraces.session(file: path, stream: stream).verify()
      #expect(verdict.isLawful, "stream \(stream): found \(verdict.report.first)")
      #expect(verdict.unjudgedLaws.isEmpty)
    }
  }

  @Test func idsAreThoseOfTheirStream() throws {
    let path = "\(TestFiles.root)/traces/lawful/fork.txt"
    let root = try TextTraces.session(file: path)
    let child = try TextTraces.session(file: path, stream: 1)
    #expect(root.streams == [0, 1] && root.stream == 0)
    #expect(root.definitions.string(2) == "__main__" && root.definitions.codes.count == 2)
    #expect(child.definitions.string(2) == "tuple" && child.definitions.string(5) == nil)
  }

  @Test func lawsAreNotJudgedAfterALoss() throws {
    let words: [UInt64] = [
      UInt64(EventKind.loss.rawValue), 5, 3, 0, UInt64(EventKind.dealloc.rawValue) | 64 << 32, 0,
    ]
    let verdict = words.withUnsafeBufferPointer { verify(words: $0, level: .refs) }
    #expect(verdict?.isLawful == true)
    #expect(verdict?.unjudgedLaws.contains("one-death-per-birth") == true)
  }
}
