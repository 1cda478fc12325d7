// The state of a run as its events imply it, at any event: objects, links, threads, locks, generators, the collector, losses. Applying
// an event is a switch over raw memory; it never fails, whatever the events say (the validator says what is wrong with them).

import TraceFormat
import TraceModel

/// What a replay builds beside the basics.
public struct ReplayOptions: Sendable {
  /// The detail that the trace was recorded at.
  public var level: RecordingLevel
  /// Whether fields and what they hold are rebuilt (`why`, the validator).
  public var withLinks: Bool

  public init(level: RecordingLevel, withLinks: Bool = false) {
    self.level = level
    self.withLinks = withLinks
  }
}

/// A root as `root` events name it.
public struct HeapRoot: Sendable, Equatable {
  public let kind: RootKind
  public let object: UInt32
  public let name: UInt32
  public let owner: UInt32
}

public struct ReplayState: ~Copyable {
  /// N.B. a value of no known layout: a state then always stands in memory and is passed by its address. Without it, it was copied, 600 bytes of
  /// it, for every event that a visitor saw.
  private let unused: Any = ()
  public let options: ReplayOptions
  public internal(set) var objects: ObjectTable
  public internal(set) var links: LinkTable
  /// What memory may be taken.
  public let limit: MemoryLimit?
  public internal(set) var threads: [ThreadState] = []
  public internal(set) var locks = LockTable()
  public internal(set) var generators = GeneratorTable()
  public internal(set) var collector = CollectorState()
  public var losses = LossLedger()
  public internal(set) var roots: [HeapRoot] = []
  /// By slot the code that a function runs, or a frame ran, where links are rebuilt; what lived in the slot before keeps its entry.
  private var functionCodes = SlotMap()
  var frameLinks = FrameLinkTable()
  private var rootIndices: [RootKey: Int] = [:]

  /// What this replay has gone through; what came before a checkpoint that it began at is not in it.
  public let records = RecordCounts()
  /// Number of the event that is being applied or comes next; definitions do not count.
  public internal(set) var eventNumber: UInt64 = 0
  /// Latest exact time, in nanoseconds since the stream's start.
  public internal(set) var time: UInt64 = 0
  public internal(set) var births: UInt64 = 0
  public internal(set) var deaths: UInt64 = 0
  /// Deaths of objects that are older than the recording and were not described at its start.
  public internal(set) var unknownDeaths: UInt64 = 0
  /// By raw cause of death.
  public internal(set) var deathsByCause: (refcount: UInt64, collector: UInt64, shutdown: UInt64) = (0, 0, 0)
  public internal(set) var liveBytes: UInt64 = 0
  public internal(set) var peakLive: UInt64 = 0
  public internal(set) var peakBytes: UInt64 = 0
  public internal(set) var increfs: UInt64 = 0
  public internal(set) var decrefs: UInt64 = 0
  public internal(set) var stores: UInt64 = 0
  /// The thread that holds the GIL; 0 is none.
  public internal(set) var gilOwner: UInt32 = 0
  /// Whether a GIL event was seen, so that `gilOwner` is known.
  public internal(set) var hasSeenGIL = false
  public internal(set) var hasExited = false
  /// False once events are known to be missing: what follows is then a best guess.
  public internal(set) var isComplete = true
  /// The system refused memory for the table of objects: births beyond it are not in the state.
  var isOutOfMemory: Bool { lacksCells || links.isFull }
  var lacksCells = false

  /// The code that the function in `slot` runs, or that the frame there ran; 0 when nothing tells. Meaningful for these two only.
  public func functionCode(_ slot: UInt32) -> UInt32 { functionCodes.find(slot).map { UInt32($0) } ?? 0 }

  public var liveCount: UInt64 { births >= deaths ? births - deaths : 0 }

  /// Nil when the system gives no memory. `limit`: what memory may be taken.
  public init?(_ options: ReplayOptions, limit: MemoryLimit? = nil) {
    guard let table = ObjectTable(limit: limit),
      let links = LinkTable(most: options.withLinks ? LinkTable.linksMax : LinkTable.linksLeast, limit: limit)
    else { return nil }
    self.options = options
    self.limit = limit
    objects = table
    self.links = links
  }

  /// Changes the state as the event says.
  public mutating func apply(_ event: Event) {
    unsafe records.byKind[Int(event.kind.rawValue)] &+= 1
    switch event.kind {
    case .alloc, .allocLarge: applyBirth(event)
    case .dealloc: applyDeath(event)
    case .incref:
      increfs += 1
      if let cell = unsafe objects.pointer(event.object) { unsafe cell.pointee.refcount &+= 1 }
    case .decref:
      decrefs += 1
      if let cell = unsafe objects.pointer(event.object) { unsafe cell.pointee.refcount &-= 1 }
    case .store:
      stores += 1
      if options.withLinks { applyStore(event.object, event.field, event.storeNew, old: event.storeOld) }
    case .fill:
      if options.withLinks {
        applyStore(event.object, FieldName(.item, event.fillIndex).rawValue, event.fillFirst)
        if event.fillSecond != 0 {
          applyStore(event.object, FieldName(.item, event.fillIndex + 1).rawValue, event.fillSecond)
        }
      }
    case .shift: if options.withLinks { applyShift(event.object, first: event.shiftFirst, by: event.shiftBy) }
    case .functionCode:
      if options.withLinks { functionCodes.set(event.object, Int(event.functionCode)) }
    case .frameEdge: if options.withLinks { frameLinks.store(event.object, event.field, event.edgeTarget) }
    case .snapshotEdge: if options.withLinks { applyStore(event.object, event.field, event.edgeTarget) }
    case .root: applyRoot(event)
    case .track, .untrack, .resize, .move: applyChange(event)
    case .collectBegin, .collectUnreachable, .collectEnd, .resurrect, .finalizerBegin: applyCollector(event)
    case .lockCreate, .lockBlock, .lockAcquire, .lockRelease, .blockingBegin, .blockingEnd:
      if event.kind != .lockCreate { time = event.time }
      applyLock(event)
    case .generatorCreate: applyGeneratorCreation(event)
    case .generatorResume:
      frameLinks.remove(event.object)
      generators.apply(event)
    case .generatorYield, .generatorReturn, .generatorRaise, .generatorDestroy:
      generators.apply(event)
    case .processStart, .processExit, .fork, .threadStart, .threadExit, .clock, .marker, .counter, .stall, .loss,
      .dropRequest, .programEnd:
      applyProcess(event)
    case .defineString, .defineType, .typeBase, .typeMRO, .typeAbstractName, .defineCode, .defineNode, .defineSite,
      .codeVariable:
      return  // Names are looked up in the file's definitions; they do not count as events.
    case .output, .collectVerdict, .collectCallback, .finalizerEnd, .weakrefCreate, .weakrefDereference, .weakrefClear,
      .weakrefCallbackBegin, .weakrefCallbackEnd, .finalizerCall, .collectSettings, .callBegin, .callEnd,
      .attributeLookup, .raise:
      break
    }
    eventNumber &+= 1
  }
}

// Memory.
extension ReplayState {
  mutating func applyBirth(_ event: Event) {
    let slot = event.object
    guard let cell = unsafe objects.birthPointer(slot) else {
      lacksCells = true
      return
    }
    if unsafe cell.pointee.isAlive { unsafe liveBytes &-= cell.pointee.size }
    if unsafe cell.pointee.firstLink != 0 { dropLinks(slot) }
    if unsafe cell.pointee.isAlive { frameLinks.remove(slot) }
    births += 1
    let flags =
      event.allocFlags & AllocationFlags.container != 0 ? ObjectCell.alive | ObjectCell.container : ObjectCell.alive
    let size = event.allocSize
    unsafe cell.pointee.serial = births
    unsafe cell.pointee.size = size
    unsafe cell.pointee.birth = eventNumber
    unsafe cell.pointee.type = event.type
    unsafe cell.pointee.site = event.allocSite
    unsafe cell.pointee.refcount = 1
    unsafe cell.pointee.flags = flags
    unsafe cell.pointee.holders = 0
    unsafe cell.pointee.thread = hasSeenGIL ? gilOwner &+ 1 : 0
    unsafe cell.pointee.trackedPass = collector.begunCount
    liveBytes &+= size
    if births &- deaths > peakLive && births >= deaths { peakLive = births - deaths }
    if liveBytes > peakBytes { peakBytes = liveBytes }
  }

  mutating func applyDeath(_ event: Event) {
    let slot = event.object
    guard objects.serial(slot) != 0 else {
      // It was born before the recording began and never met: its birth does not count either.
      unknownDeaths += 1
      return
    }
    deaths += 1
    if collector.isInPass {
      collector.deaths += 1
      // Cause `shutdown` is a death by reference count too, during the teardown.
      if event.deathCause != .collector, objects[slot].has(ObjectCell.unreachable) {
        collector.unreachableByRefcount += 1
      }
    }
    switch event.deathCause {
    case .refcount: deathsByCause.refcount += 1
    case .collector: deathsByCause.collector += 1
    case .shutdown: deathsByCause.shutdown += 1
    }
    guard let cell = unsafe objects.pointer(event.object), unsafe cell.pointee.isAlive else { return }
    unsafe liveBytes &-= cell.pointee.size
    unsafe cell.pointee.flags &= ~(ObjectCell.alive | ObjectCell.tracked)
    if unsafe cell.pointee.firstLink != 0 { dropLinks(event.object) }
    frameLinks.remove(event.object)
  }

  private mutating func dropLinks(_ holder: UInt32) {
    guard let cell = unsafe objects.pointer(holder) else { return }
    var head = unsafe cell.pointee.firstLink
    var held: [UInt32] = []
    links.removeAll(head: &head) { held.append($0) }
    unsafe cell.pointee.firstLink = 0
    for target in held { countHolder(target, -1) }
  }

  private mutating func countHolder(_ target: UInt32, _ change: Int32) {
    if target != 0, let cell = unsafe objects.pointer(target) {
      unsafe cell.pointee.holders = UInt32(bitPattern: Int32(bitPattern: cell.pointee.holders) &+ change)
    }
  }

  /// `old` is what the event says the field held.
  private mutating func applyStore(_ holder: UInt32, _ field: UInt32, _ target: UInt32, old said: UInt32 = 0) {
    if Self.isNameless(field) { return applyNamelessStore(holder, target, old: said) }
    // A holder that was born before the recording began is known from now on.
    guard let cell = unsafe objects.birthPointer(holder) else {
      lacksCells = true
      return
    }
    var head = unsafe cell.pointee.firstLink
    let old = links.store(holder: holder, field: field, target: target, head: &head)
    var released = old
    if old == 0, said != 0, unsafe cell.pointee.has(ObjectCell.hasAnonymousLinks),
      links.removeAnonymous(holder: holder, target: said, head: &head)
    {
      released = said
    }
    unsafe cell.pointee.firstLink = head
    if released != target {
      countHolder(released, -1)
      countHolder(target, 1)
    }
  }

  /// The items from `first` on get other indices. What they land on is dropped: an honest trace has emptied it.
  private mutating func applyShift(_ holder: UInt32, first: UInt32, by change: Int64) {
    guard let cell = unsafe objects.pointer(holder) else { return }
    var head = unsafe cell.pointee.firstLink
    var lost: [UInt32] = []
    links.shift(holder: holder, first: first, by: change, head: &head) { lost.append($0) }
    unsafe cell.pointee.firstLink = head
    for target in lost { countHolder(target, -1) }
  }

  /// Whether many fields of a holder share the name: there is none, or it was cut to fit into an event.
  private static func isNameless(_ raw: UInt32) -> Bool {
    let field = FieldName(rawValue: raw)
    return field == .nameless || field.payload == FieldName.payloadMax
  }

  /// One reference more, to `target`, and one less, to `said`.
  private mutating func applyNamelessStore(_ holder: UInt32, _ target: UInt32, old said: UInt32) {
    guard let cell = unsafe objects.birthPointer(holder) else {
      lacksCells = true
      return
    }
    var head = unsafe cell.pointee.firstLink
    if said != 0, links.removeAnonymous(holder: holder, target: said, head: &head) { countHolder(said, -1) }
    if target != 0 {
      links.storeAnonymous(holder: holder, target: target, head: &head)
      unsafe cell.pointee.flags |= ObjectCell.hasAnonymousLinks
      countHolder(target, 1)
    }
    unsafe cell.pointee.firstLink = head
  }

  private mutating func applyChange(_ event: Event) {
    guard let cell = unsafe objects.pointer(event.object) else { return }
    switch event.kind {
    case .track:
      unsafe cell.pointee.flags |= ObjectCell.tracked
      unsafe cell.pointee.trackedPass = collector.begunCount
    case .untrack: unsafe cell.pointee.flags &= ~ObjectCell.tracked
    case .resize:
      guard unsafe cell.pointee.isAlive else { return }
      unsafe liveBytes = liveBytes &- cell.pointee.size &+ event.resizeSize
      unsafe cell.pointee.size = event.resizeSize
      if liveBytes > peakBytes { peakBytes = liveBytes }
    case .move: applyMove(from: event.object, to: event.moveTo)
    default: break
    }
  }

  /// An object moves only while nothing on the heap holds it (a reallocation), so only its own fields are renamed.
  private mutating func applyMove(from old: UInt32, to new: UInt32) {
    guard old != new, objects.isAlive(old), let to = unsafe objects.birthPointer(new),
      let from = unsafe objects.pointer(old)
    else { return }
    unsafe to.pointee = from.pointee
    if unsafe to.pointee.firstLink != 0 {
      unsafe to.pointee.firstLink = links.rename(from: from.pointee.firstLink, to: new)
    }
    unsafe from.pointee.flags = 0
    unsafe from.pointee.firstLink = 0
    generators.move(old, to: new)
    frameLinks.move(old, to: new)
    if let code = functionCodes.find(old) { functionCodes.set(new, code) }
  }

  private struct RootKey: Hashable {
    let kind: RootKind
    let name: UInt32
    let owner: UInt32
  }

  /// A root of the same kind, name and owner replaces the one before.
  private mutating func applyRoot(_ event: Event) {
    addRoot(HeapRoot(kind: event.rootKind, object: event.object, name: event.rootName, owner: event.rootOwner))
  }

  mutating func addRoot(_ root: HeapRoot) {
    let key = RootKey(kind: root.kind, name: root.name, owner: root.owner)
    if let index = rootIndices[key] {
      roots[index] = root
    } else {
      rootIndices[key] = roots.count
      roots.append(root)
    }
  }
}

// Everything else.
extension ReplayState {
  private mutating func applyCollector(_ event: Event) {
    switch event.kind {
    case .collectBegin:
      time = event.time
      for slot in collector.unreachable {
        if let cell = unsafe objects.pointer(slot) { unsafe cell.pointee.flags &= ~ObjectCell.unreachable }
      }
      collector.begin(event, number: eventNumber)
    case .collectEnd:
      time = event.time
      collector.end(event, number: eventNumber)
    case .collectUnreachable:
      collector.unreachable.append(event.object)
      if let cell = unsafe objects.pointer(event.object) { unsafe cell.pointee.flags |= ObjectCell.unreachable }
    case .resurrect:
      // One that a `dealloc` resurrects is in no unreachable set.
      if collector.isInPass, objects[event.object].has(ObjectCell.unreachable) { collector.resurrectedCount += 1 }
      if let cell = unsafe objects.pointer(event.object) { unsafe cell.pointee.flags &= ~ObjectCell.unreachable }
    case .finalizerBegin:
      if let cell = unsafe objects.pointer(event.object) { unsafe cell.pointee.flags |= ObjectCell.finalized }
    default: break
    }
  }

  private mutating func applyGeneratorCreation(_ event: Event) {
    generators.create(
      GeneratorState(
        object: event.object, code: event.generatorCode, site: event.generatorSite, line: 0,
        serial: objects.serial(event.object), resumes: 0, yields: 0, kind: event.generatorKind, phase: .created,
        hasRun: false))
    if let cell = unsafe objects.pointer(event.object) { unsafe cell.pointee.flags |= ObjectCell.hasGenerator }
  }

  private mutating func applyProcess(_ event: Event) {
    time = event.time
    switch event.kind {
    case .processExit: hasExited = true
    case .threadStart:
      updateThread(event.startedThread) {
        $0 = ThreadState(
          name: event.threadName, kernelThread: event.kernelThread, isStarted: true, startTime: event.time)
      }
    case .threadExit:
      updateThread(event.startedThread) {
        $0.hasExited = true
        $0.exitTime = event.time
        $0.cpuNanoseconds = event.cpuNanoseconds
      }
    case .loss:
      losses.add(event, number: eventNumber)
      isComplete = false
    default: break
    }
  }
}
