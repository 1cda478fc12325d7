// Rules about measured numbers, and the noise of groups of runs.

import Testing

@testable import TraceAnalysis

@Suite struct RuleTests {
  @Test func aRuleIsReadInItsParts() throws {
    let rule = try MeasureRule("live(type=Session) > +5%")
    #expect(rule.measure == .live && rule.subject == .type && rule.name == "Session" && rule.isRelative)
    #expect(try MeasureRule("wait-time(lock = Pool.__init__) <= 20ms").bound == 20e6)
    #expect(try MeasureRule("wait_time() <= 20 ms").measure == .waitTime)
    #expect(try MeasureRule("bytes() < 200MB").bound == 200e6)
    #expect(try MeasureRule("allocations(function=parse) < 1,000").subject == .site)
  }

  @Test(arguments: [
    "", "live", "live(type=Session)", "lives() > 1", "live(kind=Session) > 1", "live() > 5%", "live() > many",
    "live() ~ 5", "live() > 5 apples", "live(Session) > 1", "live() > +", "live() > nan",
  ])
  func whatIsNoRuleIsRefused(text: String) {
    #expect(throws: MeasureRule.Mistake.self) { try MeasureRule(text) }
  }

  @Test func changesAreComparedWithTheirSign() throws {
    let growth = try MeasureRule("live() > +5%")
    #expect(growth.holds(before: 100, after: 106) && !growth.holds(before: 100, after: 105))
    #expect(growth.holds(before: 0, after: 1) && !growth.holds(before: 0, after: 0))
    let loss = try MeasureRule("live() < -10")
    #expect(loss.holds(before: 100, after: 89) && !loss.holds(before: 100, after: 90))
    let value = try MeasureRule("live() > 100")
    #expect(value.holds(before: 500, after: 101) && !value.holds(before: 0, after: 100))
  }

  @Test func groupsDifferOnlyBeyondTheirOwnNoise() {
    func differ(_ a: [UInt64], _ b: [UInt64]) -> Bool { NoiseBand.differ(Series(a), Series(b), .allocations) }
    #expect(differ([1000, 1010, 1005], [1200, 1190, 1210]))
    #expect(!differ([1000, 1100, 1050], [1150, 1120, 1200]), "apart, but by less than the runs differ")
    #expect(!differ([1000, 1100], [1050, 1200]), "they overlap")
    #expect(!differ([1000, 1000], [1004, 1004]), "too little to matter")
  }

  @Test func oneRunASideHasAFixedBand() {
    #expect(NoiseBand.single(.allocations, threads: 1).contains(1000, 1040))
    #expect(!NoiseBand.single(.allocations, threads: 1).contains(1000, 1100))
    #expect(NoiseBand.single(.allocations, threads: 4).contains(1000, 1100))
  }
}
