// The heap at a moment, counted by type, site, thread, generation or age.

import TraceModel
import TraceReplay

public struct CensusRow: Sendable {
  /// Id of the type or site; the thread's id plus one, 0 where it is unknown; a `CensusGeneration`; the decimal digits of the age in events.
  public let id: UInt32
  public var objects: UInt64 = 0
  public var bytes: UInt64 = 0
  /// Number of the event at which the oldest of them was born.
  public var oldestBirth = UInt64.max
}

public enum CensusKey: String, CaseIterable, Sendable { case type, site, thread, generation, age }

/// What the collector knows of an object.
public enum CensusGeneration: UInt32, CaseIterable, Sendable {
  case generation0, generation1, generation2
  /// A container that it does not look at (an empty dict, a tuple of strings, ...).
  case untracked
  /// No container: it never looks at it.
  case noContainer
}

public enum HeapCensus {
  /// Rows of what lives in `state`, largest first; by age the youngest first, by generation in their order.
  public static func count(_ state: borrowing ReplayState, by key: CensusKey) -> [CensusRow] {
    let rows = CensusRows()
    let hasTracking = state.options.level.includes(.refs)
    let now = state.eventNumber
    let collector = state.collector
    switch key {
    case .type: state.objects.forEachLiveCell { rows.add($0, to: $0.type) }
    case .site: state.objects.forEachLiveCell { rows.add($0, to: $0.site) }
    case .thread: state.objects.forEachLiveCell { rows.add($0, to: $0.thread) }
    case .generation:
      state.objects.forEachLiveCell {
        rows.add($0, to: generation($0, collector, hasTracking: hasTracking).rawValue)
      }
    case .age: state.objects.forEachLiveCell { rows.add($0, to: digits(now > $0.birth ? now - $0.birth : 0)) }
    }
    let found = rows.found
    switch key {
    case .type, .site, .thread: return found.sorted { ($0.bytes, $1.id) > ($1.bytes, $0.id) }
    case .generation, .age: return found.sorted { $0.id < $1.id }
    }
  }

  /// Without `track` events (below level refs) every container counts as tracked from its birth on.
  private static func generation(
    _ cell: ObjectCell, _ collector: CollectorState, hasTracking: Bool
  ) -> CensusGeneration {
    guard cell.has(ObjectCell.container) || cell.has(ObjectCell.tracked) else { return .noContainer }
    if hasTracking && !cell.has(ObjectCell.tracked) { return .untracked }
    return CensusGeneration(rawValue: UInt32(collector.generation(ofTrackedPass: cell.trackedPass))) ?? .generation2
  }

  /// Decimal digits of a number; 1 for 0.
  private static func digits(_ number: UInt64) -> UInt32 {
    var (count, rest): (UInt32, UInt64) = (1, number / 10)
    while rest > 0 {
      count += 1
      rest /= 10
    }
    return count
  }
}

/// Rows by id: an array for the small ids that honest traces have, a dictionary for others.
///
/// Safe: owns `rows`, of which `capacity` are initialized; ids from there on go to `others`.
@safe private final class CensusRows {
  private var rows: UnsafeMutablePointer<CensusRow>
  private var capacity = 1024
  private var others: [UInt32: CensusRow] = [:]
  private static let capacityMax = 1 << 22

  init() {
    unsafe rows = .allocate(capacity: capacity)
    for id in 0..<capacity { unsafe (rows + id).initialize(to: CensusRow(id: UInt32(id))) }
  }

  deinit { unsafe rows.deallocate() }

  @inline(__always) func add(_ cell: ObjectCell, to id: UInt32) {
    if Int(id) >= capacity { return addFar(cell, to: id) }
    unsafe Self.add(cell, &rows[Int(id)])
  }

  @inline(__always) private static func add(_ cell: ObjectCell, _ row: inout CensusRow) {
    row.objects &+= 1
    row.bytes &+= cell.size
    if cell.birth < row.oldestBirth { row.oldestBirth = cell.birth }
  }

  private func addFar(_ cell: ObjectCell, to id: UInt32) {
    guard Int(id) < Self.capacityMax else { return Self.add(cell, &others[id, default: CensusRow(id: id)]) }
    var larger = capacity
    while larger <= Int(id) { larger *= 2 }
    let moved = UnsafeMutablePointer<CensusRow>.allocate(capacity: larger)
    unsafe moved.moveInitialize(from: rows, count: capacity)
    for id in capacity..<larger { unsafe (moved + id).initialize(to: CensusRow(id: UInt32(id))) }
    unsafe rows.deallocate()
    unsafe (rows, capacity) = (moved, larger)
    add(cell, to: id)
  }

  /// Rows that count something.
  var found: [CensusRow] {
    var found = Array(others.values)
    for id in 0..<capacity where unsafe rows[id].objects > 0 { unsafe found.append(rows[id]) }
    return found
  }
}
