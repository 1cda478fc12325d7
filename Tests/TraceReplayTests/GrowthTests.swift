// Which courses of a count are endless growth.

import Testing

@testable import TraceAnalysis

@Suite struct GrowthTests {
  private func grows(_ values: [UInt64]) -> Bool { GrowthCurve(values, first: 0, last: values.count - 1) != nil }

  @Test func evenGrowthIsEndless() {
    #expect(grows((0...100).map { UInt64($0 * 5) }))
    #expect(grows((0...100).map { UInt64(40 + $0 / 10 * 30) }), "in steps")
  }

  @Test func aCacheThatFillsIsNone() {
    // 1 - exp(-c t): of N keys asked for at random c N times; its halves by a table of exp(-c/100) powers.
    func filling(_ factor: Double) -> [UInt64] {
      var rest = 1.0
      return (0...100).map { _ in
        defer { rest *= factor }
        return UInt64((1 - rest) * 10_000)
      }
    }
    #expect(!grows(filling(0.9802)), "c = 2: 86 % full")
    #expect(!grows(filling(0.9704)), "c = 3")
    #expect(grows(filling(0.9900)), "c = 1: 63 % full")
  }

  @Test func aPoolAndAWarmUpAreNone() {
    #expect(!grows((0...100).map { UInt64(min($0, 25) * 40) }))
    #expect(!grows([0] + [UInt64](repeating: 500, count: 100)))
  }

  @Test func aBufferThatIsEmptiedIsNone() {
    #expect(!grows((0...99).map { UInt64($0 % 25 * 30) }))
    #expect(!grows((0...95).map { UInt64($0 % 33 * 30) }), "it ends full")
  }

  @Test func fewObjectsAndFewStepsSayNothing() {
    #expect(!grows((0...100).map { UInt64($0 / 5) }))
    #expect(!grows([0, 100, 200, 300, 400]))
  }

  @Test func oneInFiveOfTheMembersCameByGrowth() {
    #expect(grows((0...100).map { UInt64(1000 + $0 * 5) }))
    #expect(!grows((0...100).map { UInt64(5000 + $0 * 5) }))
  }
}
