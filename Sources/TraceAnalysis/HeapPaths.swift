// Who keeps what alive: one breadth-first walk from the named roots over the links of a moment gives every object a shortest path.
// An object without one is held by frames only (no field of the heap holds it or its holders), or by a cycle.

import Glibc
import TraceModel
import TraceReplay

/// One step of a path: an object, and the field by which the step before holds it.
public struct HoldingStep: Sendable, Equatable {
  public let slot: UInt32
  public let serial: UInt64
  public let type: UInt32
  /// Raw field name; 0 for the first step.
  public let field: UInt32
  /// What the field is to the function that holds it, where the step is part of one.
  public internal(set) var role = HoldingRole.plain
  /// Code that the object runs, for functions, frames and generators; 0 is unknown.
  public internal(set) var code: UInt32 = 0
}

/// What a step is to a function: its fields hold tuples, whose places have names in the code.
public enum HoldingRole: Sendable, Equatable {
  case plain
  /// The default value of this argument (a string's id).
  case defaultValue(UInt32)
  /// The cell of this variable of an enclosing function (a string's id).
  case freeVariable(UInt32)
}

public enum HoldingReason: Sendable, Equatable {
  /// A named root: a module, or what a `root` event names.
  case root(kind: RootKind, name: String)
  /// No field on the heap holds the path's first object: a frame, or the runtime itself, does.
  case frame
  /// The path's first object is its last as well: nothing else holds it.
  case cycle
}

public struct HoldingPath: Sendable {
  public let reason: HoldingReason
  /// From the root to the object asked for.
  public let steps: [HoldingStep]
  /// What is left out of a long path.
  public let gap: PathGap?
  /// Objects that were gone through to find it.
  public let visited: Int
}

/// How much may be gone through for the paths to many objects: those behind it are not looked at. The first always is.
public struct PathBudget {
  private var left = 1 << 19
  public init() {}
  public var isSpent: Bool { left <= 0 }
  public mutating func spend(_ path: HoldingPath) { left -= path.visited }
}

/// The walk's result, by the numbers of objects' cells: slots may stand as far apart as their 32 bits allow. A slot in which nothing was ever born has
/// no cell, and holds nothing.
///
/// Safe: the tables are mappings with `count` elements, one for each cell in use, and are unmapped only here. What `parents` holds are places in `order`.
@safe public struct HeapPaths: ~Copyable {
  /// By cell: the place of the holder in `order`, plus one; 0 where the walk did not come.
  private let parents: UnsafeMutablePointer<UInt32>
  /// By cell: the field by which the holder holds the object.
  private let fields: UnsafeMutablePointer<UInt32>
  /// Slots in the order in which the walk came to them.
  private let order: UnsafeMutablePointer<UInt32>
  private let mappings: [SpillMapping]
  private let count: Int
  private var rootsBySlot: [UInt32: HoldingReason] = [:]
  /// N.B. above every place in `order`: the cells of a full table are one less than 32 bits can number.
  private static let isRoot = UInt32.max
  /// Steps between two looks at memory, less one.
  private static let sweep = 0x3FF
  private let namer: FunctionNamer
  private let holderCache = HolderCache()

  /// Walks from the roots of `state`, which must have been replayed with links. Nil when the system gives no memory.
  public init?(_ state: borrowing ReplayState, names: TraceNames) {
    let count = min(state.objects.cellCount, Int(UInt32.max))
    self.count = count
    namer = FunctionNamer(names: names)
    let made = (0..<3).compactMap { _ in SpillMapping(bytes: count * MemoryLayout<UInt32>.stride, limit: state.limit) }
    guard made.count == 3 else {
      for mapping in made { mapping.unmap() }
      return nil
    }
    mappings = made
    unsafe parents = made[0].base.bindMemory(to: UInt32.self, capacity: count)
    unsafe fields = made[1].base.bindMemory(to: UInt32.self, capacity: count)
    unsafe order = made[2].base.bindMemory(to: UInt32.self, capacity: count)
    walk(state, names)
  }

  deinit { for mapping in mappings { mapping.unmap() } }

  /// The cell of an object; nil where nothing was ever born.
  private func cell(_ slot: UInt32, _ state: borrowing ReplayState) -> Int? {
    let number = state.objects.cellNumber(slot)
    return number > 0 && number < count ? number : nil
  }

  /// `order` has room for every cell but the empty one: each gets in once.
  private mutating func walk(_ state: borrowing ReplayState, _ names: TraceNames) {
    let (parents, fields, order) = unsafe (self.parents, self.fields, self.order)
    var (position, end) = (0, 0)
    for (slot, reason) in NamedRoots.find(state, names: names) where rootsBySlot[slot] == nil {
      guard let number = cell(slot, state) else { continue }
      rootsBySlot[slot] = reason
      unsafe order[end] = slot
      end += 1
      unsafe parents[number] = Self.isRoot
    }
    while position < end {
      let slot = unsafe order[position]
      position += 1
      state.forEachHeld(by: slot) { field, target in
        guard let number = cell(target, state), unsafe parents[number] == 0 else { return }
        unsafe parents[number] = UInt32(position)
        unsafe fields[number] = field
        unsafe order[end] = target
        end += 1
      }
      if position & Self.sweep == 0 { state.limit?.relieve() }
    }
  }

  /// Why `slot` lives.
  public func path(to slot: UInt32, _ state: borrowing ReplayState) -> HoldingPath {
    state.limit?.relieve()
    let isRooted = cell(slot, state).map { unsafe parents[$0] != 0 } ?? false
    let found = isRooted ? rootPath(to: slot, state) : unrootedPath(to: slot, state)
    let steps = found.steps.kept.map { step in
      let cell = state.objects[step.slot]
      return HoldingStep(slot: step.slot, serial: cell.serial, type: cell.type, field: step.field)
    }
    return HoldingPath(
      reason: found.reason, steps: namer.annotate(isRooted ? steps.reversed() : steps, state), gap: found.steps.gap,
      visited: max(found.visited, found.steps.count))
  }

  /// A path in short. One from a root is met from its end.
  private typealias Found = (reason: HoldingReason, steps: StepCollector, visited: Int)

  private func rootPath(to slot: UInt32, _ state: borrowing ReplayState) -> Found {
    var steps = StepCollector()
    var current = slot
    while let number = cell(current, state), unsafe parents[number] != Self.isRoot {
      unsafe steps.add(current, fields[number])
      unsafe current = order[Int(parents[number]) - 1]
    }
    steps.add(current, 0)
    return (rootsBySlot[current] ?? .frame, steps, 0)
  }

  /// Walks backwards over holders until one that nothing on the heap holds; if there is none, looks for the cycle.
  private func unrootedPath(to slot: UInt32, _ state: borrowing ReplayState) -> Found {
    guard let holders = holderCache.index(state) else {
      var steps = StepCollector()
      steps.add(slot, 0)
      return (.frame, steps, 0)
    }
    var next: [UInt32: (slot: UInt32, field: UInt32)] = [:]
    var queue = [slot]
    var position = 0
    while position < queue.count {
      let current = queue[position]
      position += 1
      if position & Self.sweep == 0 { state.limit?.relieve() }
      let own = holders.holders(of: current, state)
      if own.isEmpty { return (.frame, forward(from: current, next), position) }
      for (holder, field) in own {
        if holder == slot {
          next[holder] = (current, field)
          return (.cycle, cycle(through: slot, next), position)
        }
        guard next[holder] == nil else { continue }
        next[holder] = (current, field)
        queue.append(holder)
      }
    }
    // Held by a cycle that it is not part of: the farthest holder found stands for it.
    return (.cycle, forward(from: queue.last ?? slot, next), position)
  }

  private func forward(from start: UInt32, _ next: [UInt32: (slot: UInt32, field: UInt32)]) -> StepCollector {
    var steps = StepCollector()
    steps.add(start, 0)
    var current = start
    while let (slot, field) = next[current], steps.count <= next.count + 1 {
      steps.add(slot, field)
      current = slot
    }
    return steps
  }

  private func cycle(through slot: UInt32, _ next: [UInt32: (slot: UInt32, field: UInt32)]) -> StepCollector {
    var steps = StepCollector()
    steps.add(slot, 0)
    var current = slot
    repeat {
      guard let (following, field) = next[current] else { break }
      steps.add(following, field)
      current = following
    } while current != slot
    return steps
  }
}
