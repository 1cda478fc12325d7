// The living objects of a moment as the bytes of an index file's `cells` sections, both directions: columns of varints, in order of slots.
//
//     1 slot, less the one before (the first: less 0)    5 birth, less the one before, zigzag
//     2 type     3 site     4 size                       6 serial, less the one before, less 5 times the ratio / 65,536, zigzag
//     7 refcount, zigzag    8 flags    9 thread + 1 of birth    10 passes begun when it was tracked    11 for each generator its row
//
// The ratio (of births to events, times 65,536) stands before the columns: serials count births, so that the guess is near.

import TraceFormat
import TraceModel

enum CheckpointCells {
  /// Objects in a section.
  static let perSection = 1 << 16
  /// Flags that are kept; links are not.
  private static let keptFlags = ~ObjectCell.hasAnonymousLinks

  /// Safe: owns room for `perSection` slots and cells.
  @safe struct Batch: ~Copyable {
    let slots = UnsafeMutablePointer<UInt32>.allocate(capacity: CheckpointCells.perSection)
    let cells = UnsafeMutablePointer<UnsafeMutablePointer<ObjectCell>>.allocate(capacity: CheckpointCells.perSection)
    var count = 0

    deinit {
      unsafe slots.deallocate()
      unsafe cells.deallocate()
    }
  }

  /// Calls `section` with the bytes and the number of objects of one section after the other.
  static func write(
    _ state: borrowing ReplayState, _ section: (UnsafeRawBufferPointer, Int) throws(TraceError) -> Void
  ) throws(TraceError) {
    var batch = Batch()
    var writer = PackedWriter(capacity: 1 << 20)
    var failure: TraceError?
    state.objects.forEachLive { slot, _ in
      guard failure == nil, let cell = unsafe state.objects.pointer(slot) else { return }
      unsafe batch.slots[batch.count] = slot
      unsafe batch.cells[batch.count] = cell
      batch.count += 1
      guard batch.count == perSection else { return }
      do throws(TraceError) { try unsafe flush(state, &batch, &writer, section) } catch { failure = error }
    }
    if let failure { throw failure }
    if batch.count > 0 { try unsafe flush(state, &batch, &writer, section) }
  }

  private static func flush(
    _ state: borrowing ReplayState, _ batch: inout Batch, _ writer: inout PackedWriter,
    _ section: (UnsafeRawBufferPointer, Int) throws(TraceError) -> Void
  ) throws(TraceError) {
    writer.removeAll()
    write(state, batch, &writer)
    try unsafe section(writer.bytes, batch.count)
    batch.count = 0
    state.objects.relieve()
  }

  private static func write(_ state: borrowing ReplayState, _ batch: borrowing Batch, _ writer: inout PackedWriter) {
    let (cells, indices) = unsafe (batch.cells, 0..<batch.count)
    let ratio = self.ratio(state)
    writer.put(UInt64(bitPattern: ratio))
    var slotBefore: UInt32 = 0
    for index in indices {
      let slot = unsafe batch.slots[index]
      writer.put(slot &- slotBefore)
      slotBefore = slot
    }
    for index in indices { unsafe writer.put(cells[index].pointee.type) }
    for index in indices { unsafe writer.put(cells[index].pointee.site) }
    for index in indices { unsafe writer.put(cells[index].pointee.size) }
    var (birth, serial): (UInt64, UInt64) = (0, 0)
    for index in indices {
      unsafe writer.put(signed: Int64(bitPattern: cells[index].pointee.birth &- birth))
      unsafe birth = cells[index].pointee.birth
    }
    birth = 0
    for index in indices {
      let cell = unsafe cells[index]
      let guess = unsafe Self.guess(Int64(bitPattern: cell.pointee.birth &- birth), ratio)
      unsafe writer.put(signed: Int64(bitPattern: cell.pointee.serial &- serial) &- guess)
      unsafe (birth, serial) = (cell.pointee.birth, cell.pointee.serial)
    }
    for index in indices { unsafe writer.put(signed: Int64(cells[index].pointee.refcount)) }
    for index in indices { unsafe writer.put(cells[index].pointee.flags & keptFlags) }
    for index in indices { unsafe writer.put(cells[index].pointee.thread) }
    for index in indices { unsafe writer.put(cells[index].pointee.trackedPass) }
    for index in indices where unsafe cells[index].pointee.has(ObjectCell.hasGenerator) {
      let slot = unsafe batch.slots[index]
      let row = state.generators[slot]
      writer.put(row != nil)
      if let row { write(row, to: &writer) }
    }
  }

  private static func ratio(_ state: borrowing ReplayState) -> Int64 {
    guard state.eventNumber > 0, state.births < 1 << 40, state.births <= state.eventNumber else { return 0 }
    return Int64(state.births << 16 / state.eventNumber)
  }

  private static func guess(_ events: Int64, _ ratio: Int64) -> Int64 { (events &* ratio) >> 16 }

  private static func write(_ row: GeneratorState, to writer: inout PackedWriter) {
    for number in [row.code, row.site, row.line] { writer.put(number) }
    for number in [row.serial, row.resumes, row.yields, row.kind.rawValue] { writer.put(number) }
    writer.put(UInt64(row.phase.rawValue))
    writer.put(row.hasRun)
  }

  private static func readGenerator(_ reader: inout PackedReader, slot: UInt32) -> GeneratorState {
    let (code, site, line) = (reader.take(UInt32.self), reader.take(UInt32.self), reader.take(UInt32.self))
    let (serial, resumes, yields) = (reader.take(), reader.take(), reader.take())
    let kind = GeneratorKind(rawValue: reader.take()) ?? .generator
    let phase = GeneratorPhase(rawValue: reader.take(UInt8.self)) ?? .finished
    return GeneratorState(
      object: slot, code: code, site: site, line: line, serial: serial, resumes: resumes, yields: yields, kind: kind,
      phase: phase, hasRun: reader.takeFlag())
  }

  /// Puts the objects of a section into `state`. False when the bytes are none, or the system gives no memory.
  static func read(
    _ bytes: UnsafeRawBufferPointer, count: Int, _ batch: inout Batch, into state: inout ReplayState
  ) -> Bool {
    guard count <= perSection else { return false }
    var reader = unsafe PackedReader(bytes)
    let ratio = Int64(bitPattern: reader.take())
    // 1. All slots first: a table that grows moves its cells.
    var slot: UInt32 = 0
    for index in 0..<count {
      slot = slot &+ reader.take(UInt32.self)
      unsafe batch.slots[index] = slot
      guard unsafe state.objects.birthPointer(slot) != nil else { return false }
    }
    for index in 0..<count {
      guard let cell = unsafe state.objects.pointer(batch.slots[index]) else { return false }
      unsafe batch.cells[index] = cell
    }
    // 2. The other columns.
    let cells = unsafe batch.cells
    for index in 0..<count { unsafe cells[index].pointee.type = reader.take(UInt32.self) }
    for index in 0..<count { unsafe cells[index].pointee.site = reader.take(UInt32.self) }
    for index in 0..<count { unsafe cells[index].pointee.size = reader.take() }
    var (birth, serial): (UInt64, UInt64) = (0, 0)
    for index in 0..<count {
      birth = birth &+ UInt64(bitPattern: reader.takeSigned())
      unsafe cells[index].pointee.birth = birth
    }
    birth = 0
    for index in 0..<count {
      let guess = unsafe Self.guess(Int64(bitPattern: cells[index].pointee.birth &- birth), ratio)
      serial = serial &+ UInt64(bitPattern: reader.takeSigned() &+ guess)
      unsafe birth = cells[index].pointee.birth
      unsafe cells[index].pointee.serial = serial
    }
    for index in 0..<count {
      unsafe cells[index].pointee.refcount = Int32(truncatingIfNeeded: reader.takeSigned())
    }
    for index in 0..<count {
      unsafe cells[index].pointee.flags = reader.take(UInt32.self) & keptFlags | ObjectCell.alive
    }
    for index in 0..<count { unsafe cells[index].pointee.thread = reader.take(UInt32.self) }
    for index in 0..<count { unsafe cells[index].pointee.trackedPass = reader.take(UInt32.self) }
    for index in 0..<count where unsafe cells[index].pointee.has(ObjectCell.hasGenerator) {
      guard reader.takeFlag() else { continue }
      unsafe state.generators.create(readGenerator(&reader, slot: batch.slots[index]))
    }
    return reader.isAtEnd
  }
}
