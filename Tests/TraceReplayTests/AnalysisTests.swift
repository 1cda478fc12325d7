// Statistics, paths, differences and the semantic export of small text traces.

import TestSupport
import Testing
import TraceExport
import TraceFormat
import TraceModel
import TraceReplay

@testable import TraceAnalysis

@Suite struct AnalysisTests {
  private func sound() throws -> TraceSession {
    try TextTraces.session(file: "\(TestFiles.root)/traces/lawful/sound.txt")
  }

  @Test func countsAreThoseOfTheEvents() throws {
    let report = try sound().report()
    try #require(report.statistics.types.count > 2)
    let foo = report.statistics.types[2]
    #expect(foo.births == 5 && foo.deathsByCollector == 2 && foo.deathsByShutdown == 1 && foo.endLive == 1)
    #expect(report.statistics.generations[2].passes == 2 && report.statistics.generations[2].resurrected == 1)
    #expect(report.statistics.generators[1].yields == 1 && report.statistics.generators[1].resumes == 2)
    #expect(report.statistics.gil[2].waitNanoseconds == 30)
    #expect(report.totals.isComplete)
  }

  @Test func passesAreToldWithWhatFedThemAndWhatLivedThrough() throws {
    let (report, details) = try sound().collectorReport()
    #expect(details.passes.count == report.statistics.passes.count)
    // Of seven containers of one site three lived when the first pass began; none was born before the second.
    #expect(details.passes[0].feeders == [.init(site: 1, objects: 3)] && details.passes[1].feeders.isEmpty)
    #expect(details.passes[0].resurrected == 1 && details.passes[0].rescued == nil)
    // Four died by their count and two in the pass; the one that was resurrected lived through it.
    #expect(details.ages[0] == .init(byCount: 4, byCollector: 2, living: 0))
    #expect(details.ages[1] == .init(byCount: 0, byCollector: 0, living: 1))
    #expect(details.ages[2...].allSatisfy { $0.objects == 0 } && details.sites[1] == details.ages)
  }

  @Test func aGeneratorIsDrainedAtOnceWhereNothingIsBornBetween() throws {
    let report = try sound().report()
    #expect(report.statistics.generators[1].drained == 1)
    let place = try #require(report.statistics.generatorPlaces[1])
    #expect(place.created == 1 && place.yields == 1 && place.drained == 1 && place.suspended == 0)
    var text = TestFiles.read("\(TestFiles.root)/traces/lawful/sound.txt")
    let resume = Array("generatorResume object=128 how=next line=4".utf8)
    let index = try #require(text.indices.first { text[$0...].starts(with: resume) })
    text.insert(contentsOf: Array("alloc type=2 object=2000 site=1 size=32 flags=5\n".utf8), at: index)
    let other = try TextTraces.session(text, name: "other").report()
    #expect(other.statistics.generators[1].drained == 0 && other.statistics.generators[1].yields == 1)
  }

  @Test func twoEqualRunsDifferInNothing() throws {
    #expect(try Difference.findings([RunMeasures(sound())], [RunMeasures(sound())]).isEmpty)
  }

  @Test func whatIsOnlyNamedWhileALockIsHeldIsNoWork() {
    for kind in EventKind.allCases where EventSpec.spec(kind).isDefinition {
      #expect(!HeldWork.isWork(kind), "\(kind)")
    }
    #expect(HeldWork.isWork(.alloc) && HeldWork.isWork(.blockingBegin))
  }

  @Test func growthIsFoundByTypeAndFunction() throws {
    var text = TestFiles.read("\(TestFiles.root)/traces/lawful/sound.txt")
    let marker = Array("marker time=1400".utf8)
    guard let place = text.indices.first(where: { text[$0...].starts(with: marker) }) else { return }
    var more: [UInt8] = []
    for number in 0..<100 { more += "alloc type=2 object=\(1000 + number * 2) site=1 size=32 flags=5\n".utf8 }
    text.insert(contentsOf: more, at: place)
    let grown = try TextTraces.session(text, name: "grown")
    let findings = try Difference.findings([RunMeasures(sound())], [RunMeasures(grown)])
    #expect(findings.first?.name == "__main__.Foo" && findings.first?.measure == .live)
    #expect(findings.first?.before == 1 && findings.first?.after == 101)
    #expect(findings.contains { $0.subject == .site && $0.name == "f" && $0.after - $0.before == 100 })
  }

  @Test func theExportHasTheProgramsLinesOnly() throws {
    var text = ""
    _ = try SemanticExport.run(try sound()) { text += String(decoding: copy $0, as: UTF8.self) }
    let lines = text.split(separator: "\n").map { String($0) }
    #expect(lines.contains("{\"e\":\"new\",\"t\":\"Foo\",\"id\":1}"))
    #expect(lines.contains("{\"e\":\"new\",\"t\":\"generator\",\"id\":1}"))
    #expect(lines.contains("{\"e\":\"gen\",\"op\":\"start\",\"k\":\"gen\",\"id\":1,\"f\":\"f\",\"line\":3}"))
    #expect(lines.contains("{\"e\":\"gen\",\"op\":\"yield\",\"k\":\"gen\",\"id\":1,\"f\":\"f\",\"line\":4,\"v\":40}"))
    #expect(lines.contains("{\"e\":\"out\",\"s\":\"40\\n\"}"))
    #expect(lines.contains("{\"e\":\"wrcb\",\"f\":\"f\"}"))
    #expect(lines.contains("{\"e\":\"del\",\"t\":\"Foo\",\"id\":3}"))
    #expect(lines.contains("{\"e\":\"gc\",\"p\":\"stop\",\"g\":2,\"coll\":2,\"unc\":0,\"cnt\":[0,0,0],\"ll\":[0,0]}"))
    #expect(!text.contains("weakref\""))
  }

  @Test func aPathLeadsFromTheModuleToTheObject() throws {
    let text =
      TextTraces.mainModule + """
        alloc type=3 object=64 size=32
        alloc type=3 object=80 size=32
        alloc type=3 object=96 size=32
        store holder=48 field=key:4 old=0 new=64
        store holder=80 field=attribute:4 old=0 new=96
        store holder=96 field=attribute:4 old=0 new=80
        @end status=0 signalled=0
        """
    let session = try TextTraces.session(Array(text.utf8), name: "path")
    let state = try session.replay(until: .end, withLinks: true)
    guard let paths = HeapPaths(state, names: session.definitions) else {
      Issue.record("no memory for the paths")
      return
    }
    let global: HoldingPath = paths.path(to: 64, state)
    let ring: HoldingPath = paths.path(to: 80, state)
    let modules: HoldingPath = paths.path(to: 16, state)
    #expect(global.reason == .root(kind: .moduleGlobal, name: "__main__"))
    #expect(global.steps.map(\.slot) == [32, 48, 64])
    #expect(ring.reason == .cycle)
    #expect(ring.steps.map(\.slot) == [80, 96, 80])
    #expect(modules.reason == .frame)
  }

  @Test func pathsLeadThroughSlotsAtTheFarEnd() throws {
    let text =
      TextTraces.mainModule + """
        alloc type=3 object=0xffffffff size=48
        alloc type=3 object=0xfffffffe size=48
        alloc type=3 object=0x80000000 size=48
        store holder=48 field=key:4 old=0 new=0xffffffff
        store holder=0xffffffff field=attribute:4 old=0 new=0xdeadbeef
        store holder=0xfffffffe field=attribute:4 old=0 new=0x80000000
        store holder=0x80000000 field=attribute:4 old=0 new=0xfffffffe

        """
    let session = try TextTraces.session(Array(text.utf8), name: "far")
    let state = try session.replay(until: .end, withLinks: true)
    guard let paths = HeapPaths(state, names: session.definitions) else {
      Issue.record("no memory for the paths")
      return
    }
    let last: HoldingPath = paths.path(to: 0xFFFF_FFFF, state)
    let ring: HoldingPath = paths.path(to: 0xFFFF_FFFE, state)
    let neverBorn: HoldingPath = paths.path(to: 0xDEAD_BEEF, state)
    #expect(last.steps.map(\.slot) == [32, 48, 0xFFFF_FFFF])
    #expect(ring.reason == .cycle && ring.steps.map(\.slot) == [0xFFFF_FFFE, 0x8000_0000, 0xFFFF_FFFE])
    #expect(neverBorn.reason == .frame && neverBorn.steps.count == 1)
    #expect(HeapDominators.bytesNeeded(state) < 10_000)
  }

  @Test func jsonIsEscaped() {
    let value = JSON.members(["a": .string("\"\u{1}é\n"), "b": [1, nil], "c": .double(.infinity)])
    #expect(value.text == #"{"a": "\"\u0001é\n", "b": [1, null], "c": null}"# || value.text.contains(#""\"\u0001é\n""#))
    var bytes: [UInt8] = []
    JSON.quote([0x61, 0xFF, 0xC3, 0xA9], into: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == "\"a\\udcffé\"")
  }
}
