// The whole life of one object: born where, held by whom and when, what happened to it, died of what. One replay; the object is known by its serial
// number.

import TraceModel
import TraceReplay

/// One field that held the object for a while.
public struct Holding: Sendable {
  public let holder: UInt64
  public let holderType: UInt32
  public let field: UInt32
  /// Event numbers; `until` is nil while it still holds.
  public let from: UInt64
  public internal(set) var until: UInt64?
  /// Whether it ended because the holder died.
  public internal(set) var endedByDeath = false
}

public struct ObjectLife: Sendable {
  public let serial: UInt64
  public internal(set) var slot: UInt32 = 0
  public internal(set) var type: UInt32 = 0
  public internal(set) var size: UInt64 = 0
  public internal(set) var site: UInt32 = 0
  public internal(set) var birth: (event: UInt64, time: UInt64) = (0, 0)
  public internal(set) var isBorn = false
  /// In order of their begin.
  public internal(set) var holdings: [Holding] = []
  /// Holdings beyond the limit.
  public internal(set) var omitted: UInt64 = 0
  /// Passes that began and ended while it lived, by generation.
  public internal(set) var passes: [UInt64] = [0, 0, 0]
  public internal(set) var resizes: UInt64 = 0
  public internal(set) var mostReferences: Int32 = 1
  public internal(set) var resumes: UInt64 = 0
  public internal(set) var yields: UInt64 = 0
  public internal(set) var wasUnreachable = false
  public internal(set) var wasFinalized = false
  public internal(set) var wasResurrected = false
  public internal(set) var death: (event: UInt64, time: UInt64, cause: DeathCause, pass: UInt64?)?
  public static let holdingsMax = 10_000
}

/// Watches one object. Shown every event, it looks at few.
struct LifeVisitor: EventVisitor, ~Copyable {
  private(set) var life: ObjectLife
  private var isAlive = false
  private var references: Int32 = 1
  /// Holdings that go on, by holder's slot and field.
  private var open: [UInt64: Int] = [:]

  init(serial: UInt64) { life = ObjectLife(serial: serial) }

  mutating func visit(_ event: Event, _ state: borrowing ReplayState) {
    guard isAlive else {
      if event.kind == .alloc || event.kind == .allocLarge, state.births + 1 == life.serial { born(event, state) }
      return
    }
    switch event.kind {
    case .store: store(event.object, event.field, event.storeNew, event.storeOld, state)
    case .fill:
      store(event.object, FieldName(.item, event.fillIndex).rawValue, event.fillFirst, 0, state)
      store(event.object, FieldName(.item, event.fillIndex + 1).rawValue, event.fillSecond, 0, state)
    case .snapshotEdge, .frameEdge: store(event.object, event.field, event.edgeTarget, 0, state)
    case .incref where event.object == life.slot:
      references &+= 1
      life.mostReferences = max(life.mostReferences, references)
    case .decref where event.object == life.slot: references &-= 1
    case .collectEnd: life.passes[min(event.generation, 2)] += 1
    case .dealloc: died(event, state)
    case .move where event.object == life.slot: life.slot = event.moveTo
    default: other(event)
    }
  }

  private mutating func other(_ event: Event) {
    guard event.object == life.slot else { return }
    switch event.kind {
    case .resize: life.resizes += 1
    case .generatorResume: life.resumes += 1
    case .generatorYield: life.yields += 1
    case .collectUnreachable: life.wasUnreachable = true
    case .finalizerBegin: life.wasFinalized = true
    case .resurrect: life.wasResurrected = true
    default: return
    }
  }

  private mutating func born(_ event: Event, _ state: borrowing ReplayState) {
    isAlive = true
    life.isBorn = true
    life.slot = event.object
    life.type = event.type
    life.size = event.allocSize
    life.site = event.allocSite
    life.birth = (state.eventNumber, state.time)
  }

  private static func key(_ holder: UInt32, _ field: UInt32) -> UInt64 { UInt64(holder) << 32 | UInt64(field) }

  private mutating func store(
    _ holder: UInt32, _ field: UInt32, _ new: UInt32, _ old: UInt32, _ state: borrowing ReplayState
  ) {
    let key = Self.key(holder, field)
    // A container's items may have moved since: then the field by which it was held has another name.
    if let index = open[key], new != life.slot {
      end(index, key, state)
    } else if old == life.slot, new != life.slot, let other = open.first(where: { UInt32($0.key >> 32) == holder }) {
      end(other.value, other.key, state)
    }
    guard new == life.slot, open[key] == nil else { return }
    guard life.holdings.count < ObjectLife.holdingsMax else {
      life.omitted += 1
      return
    }
    open[key] = life.holdings.count
    let cell = state.objects[holder]
    life.holdings.append(
      Holding(holder: cell.serial, holderType: cell.type, field: field, from: state.eventNumber, until: nil))
  }

  private mutating func end(_ index: Int, _ key: UInt64, _ state: borrowing ReplayState) {
    life.holdings[index].until = state.eventNumber
    open[key] = nil
  }

  private mutating func died(_ event: Event, _ state: borrowing ReplayState) {
    if event.object == life.slot {
      isAlive = false
      let pass = state.collector.isInPass ? state.collector.passCount + 1 : nil
      life.death = (state.eventNumber, state.time, event.deathCause, pass)
      for (key, index) in open { end(index, key, state) }
      return
    }
    guard !open.isEmpty else { return }
    for (key, index) in open where UInt32(key >> 32) == event.object {
      end(index, key, state)
      life.holdings[index].endedByDeath = true
    }
  }
}

extension TraceSession {
  /// The life of the object with this serial number; nil when the trace has no such birth.
  public func life(ofSerial serial: UInt64) throws(ReplayError) -> ObjectLife? {
    var visitor = LifeVisitor(serial: serial)
    _ = try replay(until: .end, visitor: &visitor)
    return visitor.life.isBorn ? visitor.life : nil
  }
}
