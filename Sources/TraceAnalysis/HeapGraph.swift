// The links of a moment as two tables of neighbours, for walks that need both directions. Nodes are living objects in order of their slots.

import TraceModel
import TraceReplay

struct HeapGraph {
  private(set) var slots: [UInt32] = []
  /// Nodes from which a walk begins, in the order in which it should.
  private(set) var starts: [UInt32] = []
  /// Those of them that have a name.
  private(set) var named: Set<UInt32> = []
  private(set) var forward: [UInt32] = []
  private(set) var backward: [UInt32] = []
  private var forwardBegins: [Int] = []
  private var backwardBegins: [Int] = []
  private static let noNode = UInt32.max

  init(_ state: borrowing ReplayState, names: TraceNames) {
    var slots: [UInt32] = []
    // By the number of the object's cell; cell 0 is no object's.
    var nodes = [UInt32](repeating: Self.noNode, count: state.objects.cellCount)
    state.objects.forEachLive { slot, _ in
      nodes[state.objects.cellNumber(slot)] = UInt32(slots.count)
      slots.append(slot)
    }
    self.slots = slots
    func node(_ slot: UInt32) -> UInt32 { nodes[state.objects.cellNumber(slot)] }
    // 1. How many neighbours each has.
    var (out, into) = ([Int](repeating: 0, count: slots.count + 1), [Int](repeating: 0, count: slots.count + 1))
    state.forEachHolding { holder, _, target in
      let (from, to) = (node(holder), node(target))
      guard from != Self.noNode, to != Self.noNode else { return }
      out[Int(from) + 1] += 1
      into[Int(to) + 1] += 1
    }
    for index in 1..<out.count {
      out[index] += out[index - 1]
      into[index] += into[index - 1]
    }
    (forwardBegins, backwardBegins) = (out, into)
    // 2. The neighbours.
    var (forward, backward) = (
      [UInt32](repeating: 0, count: out.last ?? 0), [UInt32](repeating: 0, count: out.last ?? 0)
    )
    state.forEachHolding { holder, _, target in
      let (from, to) = (node(holder), node(target))
      guard from != Self.noNode, to != Self.noNode else { return }
      forward[out[Int(from)]] = to
      out[Int(from)] += 1
      backward[into[Int(to)]] = from
      into[Int(to)] += 1
    }
    (self.forward, self.backward) = (forward, backward)
    // 3. Named roots, then what no field holds, then the rest: of that only cycles are left when their turn comes.
    starts = NamedRoots.find(state, names: names).map { node($0.0) }.filter { $0 != Self.noNode }
    named = Set(starts)
    let all = UInt32(clamping: slots.count)
    starts += (0..<all).filter { backwardBegins[Int($0)] == backwardBegins[Int($0) + 1] }
    starts += 0..<all
  }

  func forwardBegin(_ node: Int) -> Int { forwardBegins[node] }
  func forwardEnds(_ node: Int) -> Int { forwardBegins[node + 1] }
  func backwardBegin(_ node: Int) -> Int { backwardBegins[node] }
  func backwardEnds(_ node: Int) -> Int { backwardBegins[node + 1] }
}
