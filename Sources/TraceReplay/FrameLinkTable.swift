// What frames hold that outlive a call or wait: frame objects whose call has ended, suspended generators. Told by `frameEdge` events; few beside the
// links of the heap, which stand in LinkTable. They are not counted among an object's holders, which are fields of the heap.

import TraceModel

/// One variable of a frame that holds an object.
public struct FrameLink: Sendable, Equatable {
  public let field: UInt32
  public let target: UInt32
}

struct FrameLinkTable {
  private var links: [UInt32: [FrameLink]] = [:]
  /// Variables of one frame that are kept.
  private static let linksMax = 4096

  /// The frame's variable holds `target`; 0 empties the frame.
  mutating func store(_ holder: UInt32, _ field: UInt32, _ target: UInt32) {
    guard target != 0 else {
      links[holder] = nil
      return
    }
    let link = FrameLink(field: field, target: target)
    guard var own = links.removeValue(forKey: holder) else {
      links[holder] = [link]
      return
    }
    // A description begins anew with a field that is there already; it follows the order of the one before.
    if let index = own.firstIndex(where: { $0.field == field }) {
      own[index] = link
    } else if own.count < Self.linksMax {
      own.append(link)
    }
    links[holder] = own
  }

  mutating func remove(_ holder: UInt32) {
    if !links.isEmpty { links[holder] = nil }
  }

  mutating func move(_ holder: UInt32, to new: UInt32) {
    if !links.isEmpty { links[new] = links.removeValue(forKey: holder) }
  }

  func of(_ holder: UInt32) -> [FrameLink] { links.isEmpty ? [] : links[holder] ?? [] }

  func forEachFrameLink(_ body: (UInt32, FrameLink) -> Void) {
    for holder in links.keys.sorted() { for link in links[holder] ?? [] { body(holder, link) } }
  }
}

extension ReplayState {
  /// Calls `body` with the field and the target of everything that `holder` holds: fields of the heap, then variables of its frame.
  public func forEachHeld(by holder: UInt32, _ body: (_ field: UInt32, _ target: UInt32) -> Void) {
    links.forEachLink(from: objects[holder].firstLink) { body($0.field, $0.target) }
    for link in frameLinks.of(holder) where objects.isAlive(link.target) { body(link.field, link.target) }
  }

  /// Calls `body` with every holder, field and target.
  public func forEachHolding(_ body: (_ holder: UInt32, _ field: UInt32, _ target: UInt32) -> Void) {
    links.forEachLink { body($0.holder, $0.field, $0.target) }
    frameLinks.forEachFrameLink { holder, link in
      if objects.isAlive(link.target) { body(holder, link.field, link.target) }
    }
  }
}
