// What would go if an object went: dominators of the heap's graph and retained sizes, for one moment.
//
// 1. Living objects get numbers; links become two tables of neighbours, forward and backward.
// 2. A walk in depth from one root above all numbers them again, in its order: first from named roots, then from objects that nothing on the heap
//    holds (frames and the runtime do), then from what is left, which is cycles.
// 3. Semidominators and dominators by the semi-NCA method (L. Georgiadis, "Linear-Time Algorithms for Dominators and Related Problems",
//    2005): like Lengauer and Tarjan's, with the last step by nearest common ancestors.
// 4. Sizes are summed up along the tree of dominators, last number first.
//
// N.B. what a running frame holds beside a field is not known: an object in a list and in a local variable counts as kept by the list.
// Memory: `bytesNeeded`.

import TraceModel
import TraceReplay

public struct HeapDominators: Sendable {
  /// Numbers of the walk, by node; 0 is none. Number 0 is the root above all.
  private var numbers: [UInt32]
  /// Slots of the nodes, ascending.
  private let nodeSlots: [UInt32]
  /// By number.
  private var slots: [UInt32] = [0]
  private var nodes: [UInt32] = [0]
  private var dominators: [UInt32] = []
  private var bytes: [UInt64] = []
  private var objects: [UInt32] = []

  /// What `init` takes, about: tables by cell, by object (those of the graph and of the walk) and by link.
  public static func bytesNeeded(_ state: borrowing ReplayState) -> UInt64 {
    UInt64(state.objects.cellCount) * 4 + state.liveCount * 100 + UInt64(state.links.count) * 8
  }

  /// `state` must have been replayed with links.
  public init(_ state: borrowing ReplayState, names: TraceNames) {
    let graph = HeapGraph(state, names: names)
    nodeSlots = graph.slots
    numbers = .init(repeating: 0, count: nodeSlots.count)
    let parents = walk(graph)
    dominators = Self.dominators(parents: parents, semi: semidominators(graph, parents))
    sum(state)
  }

  /// Step 2. The parent of each number in the walk's tree.
  private mutating func walk(_ graph: HeapGraph) -> [UInt32] {
    var parents: [UInt32] = [0]
    var stack: [(node: UInt32, next: Int)] = []
    for start in graph.starts where numbers[Int(start)] == 0 {
      enter(start, parent: 0, graph, &parents, &stack)
      while let top = stack.last {
        let node = Int(top.node)
        guard top.next < graph.forwardEnds(node) else {
          stack.removeLast()
          continue
        }
        stack[stack.count - 1].next += 1
        let target = graph.forward[top.next]
        if numbers[Int(target)] == 0 {
          enter(target, parent: numbers[node], graph, &parents, &stack)
        }
      }
    }
    return parents
  }

  private mutating func enter(
    _ node: UInt32, parent: UInt32, _ graph: HeapGraph, _ parents: inout [UInt32],
    _ stack: inout [(node: UInt32, next: Int)]
  ) {
    numbers[Int(node)] = UInt32(slots.count)
    slots.append(graph.slots[Int(node)])
    nodes.append(node)
    parents.append(parent)
    stack.append((node, graph.forwardBegin(Int(node))))
  }

  /// Step 3, first half: by number, the smallest number from which a path leads here over larger ones only.
  private func semidominators(_ graph: HeapGraph, _ parents: [UInt32]) -> [UInt32] {
    let count = parents.count
    var semi = (0..<UInt32(count)).map { $0 }
    var label = semi
    var ancestor = [UInt32](repeating: UInt32.max, count: count)
    var path: [Int] = []
    for number in stride(from: count - 1, to: 0, by: -1) {
      // A start hangs on the root above all; a named root does even where the walk came to it from another.
      let node = Int(nodes[number])
      if parents[number] == 0 || graph.named.contains(UInt32(node)) { semi[number] = 0 }
      for index in graph.backwardBegin(node)..<graph.backwardEnds(node) {
        let holder = Int(numbers[Int(graph.backward[index])])
        if holder == 0 { continue }
        if ancestor[holder] != .max { Self.compress(holder, &ancestor, &label, semi, &path) }
        let candidate = semi[Int(label[holder])]
        if candidate < semi[number] { semi[number] = candidate }
      }
      label[number] = UInt32(number)
      ancestor[number] = parents[number]
    }
    return semi
  }

  /// Shortens the way of a number to the top of its tree so far; `label` becomes the one with the least semidominator on it.
  private static func compress(
    _ start: Int, _ ancestor: inout [UInt32], _ label: inout [UInt32], _ semi: [UInt32], _ path: inout [Int]
  ) {
    path.removeAll(keepingCapacity: true)
    var current = start
    while ancestor[Int(ancestor[current])] != .max {
      path.append(current)
      current = Int(ancestor[current])
    }
    for number in path.reversed() {
      let above = Int(ancestor[number])
      if semi[Int(label[above])] < semi[Int(label[number])] { label[number] = label[above] }
      ancestor[number] = ancestor[above]
    }
  }

  /// Step 3, second half.
  private static func dominators(parents: [UInt32], semi: [UInt32]) -> [UInt32] {
    var result = parents
    for number in result.indices.dropFirst() {
      while result[number] > semi[number] { result[number] = result[Int(result[number])] }
    }
    return result
  }

  /// Step 4.
  private mutating func sum(_ state: borrowing ReplayState) {
    bytes = .init(repeating: 0, count: slots.count)
    objects = .init(repeating: 0, count: slots.count)
    for number in stride(from: slots.count - 1, to: 0, by: -1) {
      bytes[number] &+= state.objects[slots[number]].size
      objects[number] &+= 1
      bytes[Int(dominators[number])] &+= bytes[number]
      objects[Int(dominators[number])] &+= objects[number]
    }
  }
}

// Answers.
extension HeapDominators {
  /// What goes when an object, or several together, go.
  public struct Retained: Sendable, Equatable {
    public var bytes: UInt64 = 0
    public var objects: UInt64 = 0
  }

  /// Number of the object in `slot`; 0 when none lives there.
  private func number(_ slot: UInt32) -> Int {
    var range = nodeSlots.indices
    while !range.isEmpty {
      let middle = (range.lowerBound + range.upperBound) / 2
      if nodeSlots[middle] == slot { return Int(numbers[middle]) }
      range = nodeSlots[middle] < slot ? middle + 1..<range.upperBound : range.lowerBound..<middle
    }
    return 0
  }

  public func retained(_ slot: UInt32) -> Retained {
    let number = number(slot)
    return number == 0 ? Retained() : Retained(bytes: bytes[number], objects: UInt64(objects[number]))
  }

  /// The object without which this one would not live, nearest first; empty where only the root above all keeps it.
  public func dominators(of slot: UInt32) -> [UInt32] {
    var found: [UInt32] = []
    var current = number(slot)
    while current != 0 {
      current = Int(dominators[current])
      if current != 0 { found.append(slots[current]) }
    }
    return found
  }

  /// What goes when all of `set` go, by type. What only several of them together keep stays out: it has no single dominator among them.
  public func retained(byAll set: [UInt32], _ state: borrowing ReplayState) -> (
    sum: Retained, types: [UInt32: Retained]
  ) {
    var isInside = [Bool](repeating: false, count: slots.count)
    for slot in set { isInside[number(slot)] = true }
    isInside[0] = false
    var sum = Retained()
    var types: [UInt32: Retained] = [:]
    for index in slots.indices.dropFirst() {
      isInside[index] = isInside[index] || isInside[Int(dominators[index])]
      guard isInside[index] else { continue }
      let cell = state.objects[slots[index]]
      sum.bytes &+= cell.size
      sum.objects &+= 1
      types[cell.type, default: Retained()].bytes &+= cell.size
      types[cell.type]?.objects &+= 1
    }
    return (sum, types)
  }

  /// Objects that retain most, largest first.
  public func largest(_ count: Int) -> [UInt32] {
    let order = slots.indices.dropFirst().sorted { (bytes[$0], slots[$1]) > (bytes[$1], slots[$0]) }
    return order.prefix(count).map { slots[$0] }
  }
}
