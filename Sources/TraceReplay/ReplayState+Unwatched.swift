// The replay of records that no visitor watches, which are most: references taken and dropped, tracking, stores that nobody links. No call, no
// switch over all kinds; what is not in its table is left to `apply`.

import TraceFormat
import TraceModel

/// What the loop does with a record of each kind.
///
/// Safe: 256 bytes, indexed by a byte; freed only here.
@safe final class RecordRoutes {
  /// To be shown, or to be applied by `ReplayState.apply`.
  static let general: UInt8 = 0
  /// Changes nothing but the number of the next event. This and what follows have two words, and are no definitions.
  static let counted: UInt8 = 1
  static let incref: UInt8 = 2
  static let decref: UInt8 = 3
  static let track: UInt8 = 4
  static let untrack: UInt8 = 5
  static let birth: UInt8 = 6
  static let death: UInt8 = 7

  let table = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
  let watched: WatchedKinds

  /// `stopsInMemory`: births and deaths are not to be passed over, as the replay may have to stop at one.
  init(_ watched: WatchedKinds, _ options: ReplayOptions, stopsInMemory: Bool) {
    self.watched = watched
    unsafe table.initialize(repeating: Self.general, count: 256)
    for kind in EventKind.allCases where !watched.contains(kind) && EventSpec.spec(kind).words == 2 {
      unsafe table[Int(kind.rawValue)] = Self.route(kind, options, stopsInMemory: stopsInMemory)
    }
  }

  deinit { unsafe table.deallocate() }

  private static func route(_ kind: EventKind, _ options: ReplayOptions, stopsInMemory: Bool) -> UInt8 {
    switch kind {
    case .incref: incref
    case .decref: decref
    case .track: track
    case .untrack: untrack
    case .alloc: stopsInMemory ? general : birth
    case .dealloc: stopsInMemory ? general : death
    case .store, .fill, .shift, .functionCode, .frameEdge, .snapshotEdge: options.withLinks ? general : counted
    case .collectVerdict, .collectCallback, .finalizerEnd, .weakrefCreate, .weakrefDereference, .weakrefClear,
      .weakrefCallbackBegin, .weakrefCallbackEnd, .finalizerCall, .collectSettings, .callBegin, .callEnd,
      .attributeLookup, .raise:
      counted
    default: general
    }
  }
}

extension ReplayState {
  /// Applies records from the cursor on, up to the first that is not for this loop, and at most `most` of them. Where objects have far slots, what may be
  /// about one of them is left to `apply` too.
  mutating func applyUnwatched(_ cursor: inout RecordCursor, _ routes: RecordRoutes, most: UInt64) {
    let (counts, table) = unsafe (records.byKind, routes.table)
    let (increfs, decrefs, stores) = (records[.incref], records[.decref], records[.store])
    // N.B. only a birth can move the cells, and be the first in a far slot.
    let (numbers, capacity) = unsafe (objects.numbers.base, objects.numbers.capacity)
    var (cells, hasFar) = unsafe (objects.cells, objects.numbers.hasFar)
    let (first, begin) = unsafe (eventNumber, cursor.record)
    let end = unsafe most < UInt64(cursor.end - begin) / 2 ? begin + 2 * Int(most) : cursor.end
    var record = unsafe begin
    loop: while unsafe record < end {
      let word = unsafe record[0]
      let slot = Int(word >> 32)
      switch unsafe table[Int(word & 0xFF)] {
      case RecordRoutes.counted: break
      case RecordRoutes.incref:
        if slot < capacity, unsafe numbers[slot] != 0 {
          unsafe cells[Int(numbers[slot])].refcount &+= 1
        } else if hasFar {
          break loop
        }
      case RecordRoutes.decref:
        if slot < capacity, unsafe numbers[slot] != 0 {
          unsafe cells[Int(numbers[slot])].refcount &-= 1
        } else if hasFar {
          break loop
        }
      case RecordRoutes.track:
        if slot < capacity, unsafe numbers[slot] != 0 {
          unsafe cells[Int(numbers[slot])].flags |= ObjectCell.tracked
          unsafe cells[Int(numbers[slot])].trackedPass = collector.begunCount
        } else if hasFar {
          break loop
        }
      case RecordRoutes.untrack:
        if slot < capacity, unsafe numbers[slot] != 0 {
          unsafe cells[Int(numbers[slot])].flags &= ~ObjectCell.tracked
        } else if hasFar {
          break loop
        }
      case RecordRoutes.birth:
        eventNumber = unsafe first &+ UInt64(record - begin) / 2
        unsafe applyBirth(Event(words: record, kind: .alloc))
        unsafe (cells, hasFar) = unsafe (objects.cells, objects.numbers.hasFar)
      case RecordRoutes.death: unsafe applyDeath(Event(words: record, kind: .dealloc))
      default: break loop
      }
      unsafe counts[Int(word & 0xFF)] &+= 1
      unsafe record += 2
    }
    eventNumber = unsafe first &+ UInt64(record - begin) / 2
    self.increfs &+= records[.incref] &- increfs
    self.decrefs &+= records[.decref] &- decrefs
    self.stores &+= records[.store] &- stores
    unsafe cursor.record = unsafe record
  }
}
