// A made-up program that churns containers: routines of fixed steps, run in loops by threads that take turns with the
// GIL; most objects die in the loop that made them, some are kept in containers until these are torn down. Everything
// it does is summed up as the known answer.
//
// Kinds and lifetimes at level refs are near those of a recorded program that churns lists, dicts and tuples. For each birth that one has 2.7
// references taken, 3.7 dropped, 0.5 stores, 0.1 fills and 0.2 tracked objects; here it is 2.5, 3.4, 0.5, 0.1 and 0.2. Six of ten of its objects
// die within 16 events, two of ten live for 10,000 and more; here an eighth is kept.

import TraceModel

/// One step of a routine.
enum Step {
  /// Makes an object into a local.
  case make(local: Int, site: UInt32, type: UInt32, size: UInt32)
  /// Takes and drops a reference to a local or to one of the program's globals.
  case useLocal(Int)
  case useGlobal(Int)
  /// Stores a global into a field of another.
  case store(holder: Int, field: Int, value: Int)
  /// Drops a local, which dies.
  case drop(Int)
  /// Moves a local into the current container.
  case keep(Int, field: UInt32)
}

struct Object {
  var slot: UInt32
  var type: UInt32
  var size: UInt32
  var birth: UInt64
  /// What its first item holds from its birth on; 0 is nothing.
  var item: UInt32 = 0
  var isTracked = false
  var steps: UInt32 { max(1, (size + 15) / 16) }
}

struct Parameters {
  var events: UInt64 = 1_000_000
  var liveObjects = 2_000_000
  var sites = 50_000
  var types = 300
  var threads = 8
  var seed: UInt64 = 1
  var withRefs = false
}

final class SyntheticProgram {
  private let sink: EventSink
  private let parameters: Parameters
  private var random: Random
  private var slots = SlotAllocator()
  private var routines: [[Step]] = []
  private var globals: [UInt32] = []
  /// What the globals' fields hold, `fieldCount` for each.
  private var fields: [UInt32] = []
  private var containers: [(list: Object, items: [Object])] = []
  private var keptCount = 0
  private var locals = [Object?](repeating: nil, count: 32)
  private var thread: UInt64 = 1
  private var sliceEnd: UInt64 = 0
  private var passAt: UInt64 = 100_000
  private(set) var answer: Answer

  private static let routineSteps = 25
  private static let containerItems = 100
  private static let globalCount = 64
  private static let fieldCount = 8
  private static let codeCount: UInt32 = 1_000
  private static let listType: UInt32 = 1

  init(_ sink: EventSink, _ parameters: Parameters) {
    self.sink = sink
    self.parameters = parameters
    random = Random(seed: parameters.seed)
    answer = Answer(types: parameters.types)
    for routine in 0..<max(1, parameters.sites / Self.routineSteps) { routines.append(makeRoutine(routine)) }
  }

  private func makeRoutine(_ number: Int) -> [Step] {
    var steps: [Step] = []
    var living: [Int] = []
    for place in 0..<Self.routineSteps {
      let site = UInt32(number * Self.routineSteps + place) % UInt32(parameters.sites) + 1
      let local = place
      let type = UInt32(
        1 + (random.below(parameters.types - 1) * random.below(parameters.types - 1)) / parameters.types)
      let size = UInt32(24 + random.below(10) * 8 + (random.below(8) == 0 ? 256 : 0))
      steps.append(.make(local: local, site: site, type: type + 1, size: size))
      living.append(local)
      for _ in 0..<random.below(5) {
        steps.append(
          random.below(2) == 0
            ? .useGlobal(random.below(Self.globalCount)) : .useLocal(living[random.below(living.count)]))
      }
      if random.below(9) < 4 {
        steps.append(
          .store(
            holder: random.below(Self.globalCount), field: random.below(Self.fieldCount),
            value: random.below(Self.globalCount)))
      }
      // Most die young, some with the routine, some are kept.
      switch random.below(24) {
      case 0..<3: steps.append(.keep(living.removeLast(), field: UInt32(random.below(100))))
      case 3..<15: steps.append(.drop(living.removeLast()))
      case 15..<19: steps.append(.drop(living.remove(at: random.below(living.count))))
      default: break
      }
    }
    while let local = living.popLast() { steps.append(.drop(local)) }
    return steps
  }

  /// Runs until the number of events is reached, and leaves nothing behind in the middle of a routine.
  func run() throws {
    try define()
    try start()
    while sink.events < parameters.events {
      // Few routines run most of the time, as in real programs.
      let choice = random.below(routines.count) * random.below(routines.count) / routines.count
      let routine = routines[choice]
      for _ in 0..<1 + random.below(40) {
        for step in routine { try perform(step) }
        if sink.events >= sliceEnd { try switchThread() }
        if sink.events >= passAt { try collect() }
        if sink.events >= parameters.events { break }
      }
      while keptCount > target { try tearDown() }
    }
    answer.finish()
    try sink.put(.processExit, words: [0, sink.time, 5_000_000, UInt64(answer.peakBytes)])
  }

  /// Objects to keep at this point: up to the peak at three quarters of the run, then less.
  private var target: Int {
    let part = Double(sink.events) / Double(max(1, parameters.events))
    return Int(Double(parameters.liveObjects) * (part < 0.75 ? part / 0.75 : 1 - (part - 0.75) * 2))
  }

  private func define() throws {
    for type in 1...UInt32(parameters.types + 1) {
      try sink.string(type, type == Self.listType ? "list" : "Type\(type)")
    }
    let moduleName = UInt32(parameters.types + 2)
    try sink.string(moduleName, "synthetic")
    try sink.string(moduleName + 1, "synthetic.py")
    try sink.string(moduleName + 2, "worker")
    for type in 1...UInt32(parameters.types + 1) {
      try sink.put(
        .defineType,
        words: [UInt64(type) << 8 | UInt64(type) << 32, UInt64(type) | UInt64(moduleName) << 32, 2 << 24 | 32 << 32, 0])
    }
    for code in 1...Self.codeCount {
      try sink.string(moduleName + 2 + code, "routine\(code)")
      let name = UInt64(moduleName + 2 + code)
      try sink.put(
        .defineCode,
        words: [UInt64(code) << 32 | 2 << 8, name | name << 32, UInt64(moduleName + 1) | UInt64(code * 40) << 32, 0])
    }
    for node in 1...Self.codeCount {
      try sink.put(.defineNode, words: [UInt64(node) << 32, UInt64(node / 2) | UInt64(node) << 32, UInt64(node), 0])
    }
    for site in 1...UInt32(parameters.sites) {
      let node = site % Self.codeCount + 1
      try sink.put(.defineSite, UInt64(site) << 32, UInt64(node) | UInt64(node * 40 + site / Self.codeCount) << 32)
    }
  }

  private func start() throws {
    try sink.put(.processStart, words: [1234 << 32, sink.time, 1, 0])
    for number in 1...UInt64(parameters.threads) {
      try sink.put(
        .threadStart, words: [number << 8 | (4000 + number) << 32, sink.time, UInt64(parameters.types + 4), 0])
    }
    try sink.put(.lockAcquire, words: [0, sink.time, thread, 0])
    for _ in 0..<Self.globalCount { globals.append(try make(site: 1, type: 2, size: 64).slot) }
    fields = Array(repeating: 0, count: Self.globalCount * Self.fieldCount)
  }

  private func switchThread() throws {
    try sink.put(.lockRelease, words: [1 << 8, sink.time, thread, 0])
    thread = thread % UInt64(parameters.threads) + 1
    try sink.put(.lockAcquire, words: [1 << 8, sink.time, thread, 5_000_000])
    sliceEnd = sink.events + 200_000
  }

  private func perform(_ step: Step) throws {
    switch step {
    case .make(let local, let site, let type, let size): locals[local] = try make(site: site, type: type, size: size)
    case .useLocal(let local): if let object = locals[local] { try use(object.slot) }
    case .useGlobal(let index): try use(globals[index])
    case .store(let holder, let field, let value): try store(globals[value], into: holder, field)
    case .drop(let local):
      if let object = locals[local] { try die(object, cause: .refcount) }
      locals[local] = nil
    case .keep(let local, _):
      if let object = locals[local] { try keep(object) }
      locals[local] = nil
    }
  }

  private func make(site: UInt32, type: UInt32, size: UInt32) throws -> Object {
    var object = Object(slot: 0, type: type, size: size, birth: sink.events)
    object.slot = slots.take(steps: object.steps)
    try sink.put(
      .alloc, UInt64(type) << 8 | UInt64(object.slot) << 32, UInt64(site) | UInt64(size) << 28 | 5 << 56)
    answer.birth(object)
    // Every sixth type is one of containers; three of five of their objects, by slot, are born with an item.
    guard parameters.withRefs, type % 6 == 0 else { return object }
    object.isTracked = true
    if object.slot % 5 < 3, let item = globals.first {
      try sink.put(.incref, UInt64(item) << 32)
      try sink.put(.fill, UInt64(object.slot) << 32, UInt64(item))
      object.item = item
    }
    try sink.put(.track, UInt64(object.slot) << 32)
    return object
  }

  private func store(_ value: UInt32, into holder: Int, _ field: Int) throws {
    guard parameters.withRefs else { return }
    let old = fields[holder * Self.fieldCount + field]
    fields[holder * Self.fieldCount + field] = value
    try sink.put(.incref, UInt64(value) << 32)
    try sink.put(
      .store, UInt64(FieldName(.item, UInt32(field)).rawValue) << 8 | UInt64(globals[holder]) << 32,
      UInt64(old) | UInt64(value) << 32)
    if old != 0 { try sink.put(.decref, UInt64(old) << 32) }
  }

  private func use(_ slot: UInt32) throws {
    guard parameters.withRefs else { return }
    try sink.put(.incref, UInt64(slot) << 32)
    try sink.put(.decref, UInt64(slot) << 32)
  }

  private func die(_ object: Object, cause: DeathCause) throws {
    if parameters.withRefs, cause == .refcount { try sink.put(.decref, UInt64(object.slot) << 32) }
    if object.isTracked { try sink.put(.untrack, UInt64(object.slot) << 32) }
    if object.item != 0 { try sink.put(.decref, UInt64(object.item) << 32) }
    answer.death(object, at: sink.events)
    let inPass: UInt64 = cause == .collector ? 1 << 11 : 0
    try sink.put(.dealloc, UInt64(object.slot) << 32 | inPass | cause.rawValue << 8)
    slots.give(object.slot, steps: object.steps)
  }

  private func keep(_ object: Object) throws {
    if containers.last.map({ $0.items.count >= Self.containerItems }) ?? true {
      containers.append((try make(site: 2, type: Self.listType, size: 56), []))
    }
    let last = containers.count - 1
    if parameters.withRefs {
      let field = FieldName(.item, UInt32(containers[last].items.count))
      try sink.put(
        .store, UInt64(field.rawValue) << 8 | UInt64(containers[last].list.slot) << 32, UInt64(object.slot) << 32)
    }
    containers[last].items.append(object)
    keptCount += 1
  }

  /// A container dies, and its items with it, first to last.
  private func tearDown() throws {
    guard containers.count > 1 else {
      keptCount = 0
      return
    }
    let index = random.below(containers.count - 1)
    let victim = containers[index]
    containers[index] = containers[containers.count - 2]
    containers.remove(at: containers.count - 2)
    for item in victim.items { try die(item, cause: .refcount) }
    try die(victim.list, cause: .refcount)
    keptCount -= victim.items.count
  }

  /// A pass of generation 0 that finds a few objects, made for it in a row.
  private func collect() throws {
    var garbage: [Object] = []
    for _ in 0..<10 { garbage.append(try make(site: 3, type: 3, size: 48)) }
    try sink.put(.collectBegin, words: [2000 << 32, sink.time, 3, 0, 0, 0])
    for object in garbage { try sink.put(.collectUnreachable, UInt64(object.slot) << 32) }
    for object in garbage { try die(object, cause: .collector) }
    try sink.put(.collectEnd, words: [10 << 32, sink.time, 2000, 4 << 32, 1990 << 32, 0])
    passAt = sink.events + 100_000
  }
}
