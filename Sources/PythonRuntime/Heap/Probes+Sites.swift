// Where something happens: a site is a node of the call tree and a line. Nodes and sites get their ids at a frame's first event.
//
//     node key   parent node (32) | code id (32)      a direct recursion stays in its caller's node
//     line key   node (32) | line (31) and a mark     instructions of a line share a site
//     site key   node (32) | instruction + 1 (32)     of nodes without a row only
//
// A node's call line is the line of the caller when the node was first met. A node has a row of its code's length with the site of each
// instruction, so that a birth finds its site with a few loads. Tables and rows are bounded; beyond the bound everything is the parent's
// node, or site 0.
import CRuntimeSupport
import EventRing
import Glibc
import TraceModel

/// A node of the call tree. Its place never changes, and frames point to it.
struct CallNode {
  /// 0: of a stream that has ended.
  var id: UInt32
  var codeID: UInt32
  var parent: UInt32
  var depth: UInt16
  /// Bytes from an instruction of the node's code to that instruction's site id, which has the same size; 0: the node has no row.
  var rowOffset: Int
  /// The node of the code that was called last: most call the same again.
  var lastChild: UnsafeMutablePointer<CallNode>?
}

extension Probes {
  static let nodesMax = 1 << 20
  static let sitesMax = 1 << 21
  /// All rows together.
  static let rowBytesMax = 64 << 20
  /// Nodes below this depth are children of their ancestor there: runaway recursion must not fill the tables.
  static let nodeDepthMax: UInt16 = 120
  nonisolated(unsafe) private static var nodes = IDTable(entriesMax: nodesMax)
  nonisolated(unsafe) private static var sites = IDTable(entriesMax: sitesMax)
  nonisolated(unsafe) private static var siteCount: UInt32 = 0
  nonisolated(unsafe) private static var rowBytes = 0
  /// By id; the pages come to exist when touched.
  nonisolated(unsafe) private static var callNodes: UnsafeMutablePointer<CallNode>?

  /// A new stream begins. Frames find out by the id 0 of their node.
  static func forgetSites() {
    if let all = callNodes {
      for id in 0...nodes.count {
        all[id].id = 0
        all[id].rowOffset = 0
        all[id].lastChild = nil
      }
    }
    callNodes = nil
    nodes = IDTable(entriesMax: nodesMax)
    sites = IDTable(entriesMax: sitesMax)
    siteCount = 0
  }

  /// The site of the running frame's current line; 0 outside of Python code.
  @inline(__always) public static func site(_ t: ThreadState) -> UInt32 {
    let known = knownSite(t)
    return known != 0 ? known : newSite(t)
  }

  /// The same where a row has it already; 0 otherwise, also while the frame has not begun.
  @inline(__always) static func knownSite(_ t: ThreadState) -> UInt32 {
    guard let raw = t.pointer.pointee.frame else { return 0 }
    let frame = raw.assumingMemoryBound(to: FrameLayout.self)
    guard !frame.pointee.isIncomplete, let node = frame.pointee.node ?? likelyNode(frame), node.pointee.rowOffset != 0
    else { return 0 }
    return (UnsafeRawPointer(frame.pointee.instruction) + node.pointee.rowOffset).load(as: UInt32.self)
  }

  /// The node of a frame that has none yet, when its caller calls the same code as the last time or itself; the frame keeps it.
  @inline(__always)
  private static func likelyNode(_ frame: UnsafeMutablePointer<FrameLayout>) -> UnsafeMutablePointer<CallNode>? {
    guard let caller = frame.pointee.previous, !caller.pointee.isIncomplete, let above = caller.pointee.node else {
      return nil
    }
    let code = frame.pointee.code.codeLayout.pointee.traceID
    guard code != 0 else { return nil }
    if above.pointee.codeID == code {
      frame.pointee.node = above
      return above
    }
    guard let child = above.pointee.lastChild, child.pointee.codeID == code else { return nil }
    frame.pointee.node = child
    return child
  }

  /// The frame has no node with a row yet, has not begun, or is at this instruction for the first time.
  @inline(never) private static func newSite(_ t: ThreadState) -> UInt32 {
    guard let frame = FramePlace.running(t) else { return 0 }
    let node = node(of: frame)
    let row = frame.node?.pointee.rowOffset ?? 0
    if row != 0 {
      let known = (UnsafeRawPointer(frame.frame.pointer.pointee.instruction) + row).load(as: UInt32.self)
      if known != 0 { return known }
    }
    let key = UInt64(node) << 32 | UInt64(UInt32(truncatingIfNeeded: frame.instruction &+ 1))
    if row == 0 {
      let known = sites.find(key)
      if known != 0 { return known }
    }
    let line = UInt32(clamping: frame.line)
    let lineKey = UInt64(node) << 32 | UInt64(line) | 1 << 31
    var id = sites.find(lineKey)
    if id == 0 {
      guard siteCount < (1 << 28) - 1, sites.insert(lineKey, siteCount + 1) else { return 0 }
      siteCount += 1
      id = siteCount
      writer.write(word(.defineSite, upper: id), UInt64(node) | UInt64(line) << 32)
    }
    if row != 0 {
      (UnsafeMutableRawPointer(frame.frame.pointer.pointee.instruction) + row).storeBytes(of: id, as: UInt32.self)
    } else {
      _ = sites.insert(key, id)
    }
    return id
  }

  /// The call-tree node of a frame, which keeps it.
  static func node(of frame: FramePlace) -> UInt32 {
    if let known = frame.node, known.pointee.id != 0 { return known.pointee.id }
    let code = frame.codeID
    var parent: UInt32 = 0
    var callLine: UInt32 = 0
    var above: UnsafeMutablePointer<CallNode>?
    if let caller = frame.caller {
      parent = node(of: caller)
      if parent != 0, let all = callNodes {
        let place = all + Int(parent)
        if place.pointee.codeID == code {
          frame.node = place
          return parent
        }
        if let child = place.pointee.lastChild, child.pointee.codeID == code, child.pointee.id != 0 {
          frame.node = child
          return child.pointee.id
        }
        above = place
        if place.pointee.depth > nodeDepthMax { parent = place.pointee.parent }
      }
      callLine = UInt32(clamping: caller.line)
    }
    let key = UInt64(parent) << 32 | UInt64(code)
    var id = nodes.find(key)
    if id == 0 {
      id = UInt32(nodes.count + 1)
      guard nodes.insert(key, id) else { return parent }
      makeNode(id, parent, code, frame.frame.code)
      writer.write(word(.defineNode, upper: id), UInt64(parent) | UInt64(code) << 32, UInt64(callLine), 0)
    }
    let node = callNodes.map { $0 + Int(id) }
    frame.node = node
    above?.pointee.lastChild = node
    return id
  }

  private static func makeNode(_ id: UInt32, _ parent: UInt32, _ codeID: UInt32, _ code: Object) {
    if callNodes == nil {
      callNodes = calloc(nodesMax + 2, MemoryLayout<CallNode>.stride)?.assumingMemoryBound(to: CallNode.self)
    }
    guard let callNodes else { fatal("no memory for the nodes of the call tree") }
    // A frame may stand one word before its first instruction.
    let bytes = (code.codeLayout.pointee.instructionCount + 1) * 4
    var rowOffset = 0
    if rowBytes + bytes <= rowBytesMax, let row = calloc(1, bytes) {
      rowBytes += bytes
      rowOffset = Int(bitPattern: row) + 4 - Int(bitPattern: code.codeLayout.pointee.instructions)
    }
    callNodes[Int(id)] = CallNode(
      id: id, codeID: codeID, parent: parent, depth: callNodes[Int(parent)].depth &+ 1, rowOffset: rowOffset,
      lastChild: nil)
  }
}

/// A frame as the probes see it.
struct FramePlace {
  let frame: Frame

  /// The innermost frame that has begun to run.
  @inline(__always) static func running(_ t: ThreadState) -> FramePlace? {
    t.frame?.firstComplete.map { FramePlace(frame: $0) }
  }
  var caller: FramePlace? { frame.previous?.firstComplete.map { FramePlace(frame: $0) } }
  /// The call-tree node, kept in the frame.
  var node: UnsafeMutablePointer<CallNode>? {
    get { frame.pointer.pointee.node }
    nonmutating set { frame.pointer.pointee.node = newValue }
  }
  var instruction: Int { frame.instructionIndex }
  var line: Int { frame.line }
  var codeID: UInt32 { Probes.codeID(frame.code) }
}
