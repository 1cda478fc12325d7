// Holders by what they hold, for objects that no root reaches. Built once, when the first such object is asked for: most have a root.

import TraceModel
import TraceReplay

final class HolderCache {
  private var made: HolderIndex?

  /// Nil when the system gives no memory.
  func index(_ state: borrowing ReplayState) -> HolderIndex? {
    if made == nil { made = HolderIndex(state) }
    return made
  }
}

/// By the numbers of objects' cells: slots may stand as far apart as their 32 bits allow.
///
/// Safe: `begins` has `cellCount` + 1 elements that ascend to `linkCount`, `links` has `linkCount`; unmapped only here.
@safe final class HolderIndex {
  private struct Holder {
    let slot: UInt32
    let field: UInt32
  }
  private let begins: UnsafeMutablePointer<UInt32>
  private let links: UnsafeMutablePointer<Holder>
  private let mappings: [SpillMapping]
  private static let sweep = 0x7FF
  private let cellCount: Int
  private let linkCount: Int

  /// 1. How many hold each. 2. Where the holders of each begin. 3. The holders.
  init?(_ state: borrowing ReplayState) {
    cellCount = state.objects.cellCount
    var counted = 0
    state.forEachHolding { _, _, _ in counted += 1 }
    linkCount = counted
    guard counted < Int(UInt32.max),
      let first = SpillMapping(bytes: (cellCount + 1) * MemoryLayout<UInt32>.stride, limit: state.limit)
    else { return nil }
    guard let second = SpillMapping(bytes: max(1, counted) * MemoryLayout<Holder>.stride, limit: state.limit) else {
      first.unmap()
      return nil
    }
    mappings = [first, second]
    unsafe begins = first.base.bindMemory(to: UInt32.self, capacity: cellCount + 1)
    unsafe links = second.base.bindMemory(to: Holder.self, capacity: max(1, counted))
    let (begins, links, cellCount) = unsafe (self.begins, self.links, self.cellCount)
    // Neighbours in the table of links hold what lies anywhere: each may take another page into memory.
    var seen = 0
    func relieve() {
      seen &+= 1
      if seen & Self.sweep == 0 { state.limit?.relieve() }
    }
    state.forEachHolding { _, _, target in
      unsafe begins[state.objects.cellNumber(target)] += 1
      relieve()
    }
    var sum: UInt32 = 0
    for number in 0..<cellCount {
      unsafe sum += begins[number]
      unsafe begins[number] = sum
      if number & 0xFFFF == 0 { state.limit?.relieve() }
    }
    unsafe begins[cellCount] = sum
    // From the end of each one's part to its begin.
    state.forEachHolding { holder, field, target in
      let number = state.objects.cellNumber(target)
      unsafe begins[number] -= 1
      unsafe links[Int(begins[number])] = Holder(slot: holder, field: field)
      relieve()
    }
  }

  deinit { for mapping in mappings { mapping.unmap() } }

  /// Holder and field, ascending.
  func holders(of slot: UInt32, _ state: borrowing ReplayState) -> [(UInt32, UInt32)] {
    // Cell 0 stands for all slots in which nothing was ever born.
    let number = state.objects.cellNumber(slot)
    guard number > 0, number < cellCount else { return [] }
    let range = unsafe Int(begins[number])..<Int(begins[number + 1])
    return range.map { unsafe (links[$0].slot, links[$0].field) }.sorted { $0 < $1 }
  }
}
