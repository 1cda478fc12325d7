// What would go if an object went, and the life of an object, on small text traces.

import TestSupport
import Testing
import TraceFormat
import TraceModel
import TraceReplay

@testable import TraceAnalysis

@Suite struct DominatorTests {
  /// `modules` holds module `__main__`, whose dict holds A and B; both hold the shared C, A alone holds D, which holds E; F and G are a ring.
  private static let text =
    TextTraces.mainModule + """
      defineString id=7 text="b"
      alloc type=3 object=64 size=10
      alloc type=3 object=80 size=20
      alloc type=3 object=96 size=40
      alloc type=3 object=112 size=80
      alloc type=3 object=128 size=160
      alloc type=3 object=144 size=320
      alloc type=3 object=160 size=640
      store holder=48 field=key:4 old=0 new=64
      store holder=48 field=key:7 old=0 new=80
      store holder=64 field=attribute:4 old=0 new=96
      store holder=80 field=attribute:4 old=0 new=96
      store holder=64 field=attribute:7 old=0 new=112
      store holder=112 field=attribute:4 old=0 new=128
      store holder=144 field=attribute:4 old=0 new=160
      store holder=160 field=attribute:4 old=0 new=144
      store holder=64 field=attribute:7 old=112 new=0
      store holder=64 field=attribute:7 old=0 new=112
      @end status=0 signalled=0
      """

  private func session() throws -> TraceSession { try TextTraces.session(Array(Self.text.utf8), name: "dominators") }

  @Test func whatIsSharedIsRetainedByWhoHoldsBoth() throws {
    let session = try session()
    let state = try session.replay(until: .end, withLinks: true)
    let tree = HeapDominators(state, names: session.definitions)
    #expect(tree.retained(64) == .init(bytes: 10 + 80 + 160, objects: 3))
    #expect(tree.retained(80) == .init(bytes: 20, objects: 1))
    #expect(tree.dominators(of: 96) == [48, 32])
    #expect(tree.dominators(of: 128) == [112, 64, 48, 32])
    #expect(tree.retained(48).bytes == 64 + 10 + 20 + 40 + 80 + 160)
    let ring = [tree.retained(144).bytes, tree.retained(160).bytes].sorted()
    #expect(ring.last == 960)
    let all = tree.retained(byAll: [64, 112, 144, 160], state)
    let sum = HeapDominators.Retained(bytes: 1210, objects: 5)
    #expect(all.sum == sum)
  }

  @Test func retainedSizesAreThoseOfRemovalOneByOne() throws {
    // A graph made by a fixed rule, with cycles, shared nodes and unreachable parts; the truth by leaving each node out of a walk.
    let count = 60
    var seed: UInt64 = 99
    func next(_ limit: Int) -> Int {
      seed = (seed &* 6_364_136_223_846_793_005) &+ 1_442_695_040_888_963_407
      return Int(seed >> 33) % limit
    }
    var edges: [(Int, Int)] = (0..<count * 2).map { _ in (next(count), next(count)) }
    for node in stride(from: 1, to: count, by: 7) { edges.append((0, node)) }
    func reached(without hole: Int?) -> Set<Int> {
      var seen: Set<Int> = hole == 0 ? [] : [0]
      var queue = Array(seen)
      while let node = queue.popLast() {
        for edge in edges where edge.0 == node && edge.1 != hole && seen.insert(edge.1).inserted {
          queue.append(edge.1)
        }
      }
      return seen
    }
    // What no path reaches is held by a frame, and would hold others for it.
    let all = reached(without: nil)
    edges.removeAll { !all.contains($0.0) }
    var text = """
      @exuvia 0.1
      @header flags=0 level=links wall=0 monotonic=0 pid=0
      defineString id=1 text="dict"
      defineString id=2 text="module"
      defineString id=3 text="__main__"
      defineString id=4 text="x"
      defineType id=1 name=1
      defineType id=2 name=2
      alloc type=1 object=16 size=1
      alloc type=2 object=32 size=1\n
      """
    for node in 1..<count { text += "alloc type=1 object=\(32 + node * 16) size=\(node + 1)\n" }
    text += "store holder=16 field=key:3 old=0 new=32\n"
    for (index, edge) in edges.enumerated() {
      text += "store holder=\(32 + edge.0 * 16) field=item:\(index) old=0 new=\(32 + edge.1 * 16)\n"
    }
    text += "@end status=0 signalled=0\n"
    let session = try TextTraces.session(Array(text.utf8), name: "random")
    let state = try session.replay(until: .end, withLinks: true)
    let tree = HeapDominators(state, names: session.definitions)
    try #require(all.count > 20)
    for node in all {
      let lost = all.subtracting(reached(without: node))
      let bytes = lost.reduce(0) { $0 + UInt64($1 == 0 ? 1 : $1 + 1) }
      #expect(tree.retained(UInt32(32 + node * 16)) == .init(bytes: bytes, objects: UInt64(lost.count)), "node \(node)")
    }
  }

  @Test func aLifeTellsWhoHeldTheObjectWhen() throws {
    let life = try #require(try session().life(ofSerial: 7))
    #expect(life.slot == 112 && life.birth.event == 8 && life.death == nil)
    #expect(life.holdings.map(\.holder) == [4, 4])
    #expect(life.holdings.map(\.from) == [16, 21] && life.holdings.map(\.until) == [20, nil])
    #expect(try session().life(ofSerial: 100) == nil)
  }
}
