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

/// Safe: `begins` has `slotCount` + 1 elements that ascend to `linkCount`, `links` has `linkCount`; unmapped only here.
@safe final class HolderIndex {
  private struct Holder {
    let slot: UInt32
    let field: UInt32
  }
  private let begins: UnsafeMutablePointer<UInt32>
  private let links: UnsafeMutablePointer<Holder>
  private let mappings: [SpillMapping]
  private static let sweep = 0x7FF
  private let slotCount: Int
  private let linkCount: Int

  /// 1. How many hold each. 2. Where the holders of each begin. 3. The holders.
  init?(_ state: borrowing ReplayState) {
    slotCount = max(1, state.objects.usedCount)
    var counted = 0
    state.forEachHolding { _, _, _ in counted += 1 }
    linkCount = counted
    guard counted < Int(UInt32.max),
      let first = SpillMapping(bytes: (slotCount + 1) * MemoryLayout<UInt32>.stride, limit: state.limit)
    else { return nil }
    guard let second = SpillMapping(bytes: max(1, counted) * MemoryLayout<Holder>.stride, limit: state.limit) else {
      first.unmap()
      return nil
    }
    mappings = [first, second]
    unsafe begins = first.base.bindMemory(to: UInt32.self, capacity: slotCount + 1)
    unsafe links = second.base.bindMemory(to: Holder.self, capacity: max(1, counted))
    let (begins, links, slotCount) = unsafe (self.begins, self.links, self.slotCount)
    // Neighbours in the table of links hold what lies anywhere: each may take another page into memory.
    var seen = 0
    func relieve() {
      seen &+= 1
      if seen & Self.sweep == 0 { state.limit?.relieve() }
    }
    state.forEachHolding { _, _, target in
      if Int(target) < slotCount { unsafe begins[Int(target)] += 1 }
      relieve()
    }
    var sum: UInt32 = 0
    for slot in 0..<slotCount {
      unsafe sum += begins[slot]
      unsafe begins[slot] = sum
      if slot & 0xFFFF == 0 { state.limit?.relieve() }
    }
    unsafe begins[slotCount] = sum
    // From the end of each one's part to its begin.
    state.forEachHolding { holder, field, target in
      guard Int(target) < slotCount else { return }
      unsafe begins[Int(target)] -= 1
      unsafe links[Int(begins[Int(target)])] = Holder(slot: holder, field: field)
      relieve()
    }
  }

  deinit { for mapping in mappings { mapping.unmap() } }

  /// Holder and field, ascending.
  func holders(of slot: UInt32) -> [(UInt32, UInt32)] {
    guard Int(slot) < slotCount else { return [] }
    let range = unsafe Int(begins[Int(slot)])..<Int(begins[Int(slot) + 1])
    return range.map { unsafe (links[$0].slot, links[$0].field) }.sorted { $0 < $1 }
  }
}
