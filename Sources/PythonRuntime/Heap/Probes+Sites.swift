// Where something happens: a site is a node of the call tree and a line. Nodes and sites get their ids at a frame's first event.
//
//     node key   parent node (32) | code id (32)      folded: a direct recursion stays in its caller's node
//     site key   node (32) | instruction offset (32)  the line is computed only when the site is new
//
// A node's call line is the line of the caller when the node was first met. Both tables are bounded; beyond the bound everything is the
// parent's node, or site 0.
import CRuntimeSupport
import EventRing
import TraceModel

extension Probes {
  static let nodesMax = 1 << 20
  static let sitesMax = 1 << 21
  /// Deeper frames share the node of the frame at this depth: runaway recursion must not fill the tables.
  static let nodeDepthMax: UInt16 = 120
  nonisolated(unsafe) private static var nodes = IDTable(entriesMax: nodesMax)
  nonisolated(unsafe) private static var sites = IDTable(entriesMax: sitesMax)
  nonisolated(unsafe) private static var depths: UnsafeMutablePointer<UInt16>?

  /// A new stream begins. Frames that run keep no node of the old one.
  static func forgetSites() {
    nodes = IDTable(entriesMax: nodesMax)
    sites = IDTable(entriesMax: sitesMax)
    var frame = currentThread().frame
    while let here = frame {
      here.pointer.pointee.node = 0
      frame = here.previous
    }
  }

  /// The site of the running frame's current line; 0 outside of Python code.
  @inline(__always) public static func site(_ t: ThreadState) -> UInt32 {
    let known = knownSite(t)
    return known != 0 ? known : newSite(t)
  }

  /// The same where it has an id already; 0 otherwise.
  @inline(__always) static func knownSite(_ t: ThreadState) -> UInt32 {
    guard let raw = t.pointer.pointee.frame else { return 0 }
    let frame = Frame(raw.assumingMemoryBound(to: FrameLayout.self))
    guard !frame.pointer.pointee.isIncomplete, frame.pointer.pointee.node != 0 else { return 0 }
    return sites.find(siteKey(frame.pointer.pointee.node, frame.instructionIndex))
  }

  @inline(__always) private static func siteKey(_ node: UInt32, _ instruction: Int) -> UInt64 {
    UInt64(node) << 32 | UInt64(UInt32(truncatingIfNeeded: instruction &+ 1))
  }

  /// The frame has no node yet, has not begun, or is at this instruction for the first time.
  @inline(never) private static func newSite(_ t: ThreadState) -> UInt32 {
    guard let frame = FramePlace.running(t) else { return 0 }
    let node = node(of: frame)
    let key = siteKey(node, frame.instruction)
    let known = sites.find(key)
    if known != 0 { return known }
    // Two instructions of a line share a site.
    let line = UInt32(clamping: frame.line)
    let lineKey = UInt64(node) << 32 | UInt64(line) | 1 << 31
    let shared = sites.find(lineKey)
    if shared != 0 {
      _ = sites.insert(key, shared)
      return shared
    }
    let id = UInt32(sites.count + 1)
    guard id < 1 << 28, sites.insert(lineKey, id) else { return 0 }
    _ = sites.insert(key, id)
    writer.write(word(.defineSite, upper: id), UInt64(node) | UInt64(line) << 32)
    return id
  }

  /// The call-tree node of a frame, which keeps it.
  static func node(of frame: FramePlace) -> UInt32 {
    let known = frame.node
    if known != 0 { return known }
    let code = frame.codeID
    var parent: UInt32 = 0
    var callLine: UInt32 = 0
    if let caller = frame.caller {
      parent = node(of: caller)
      callLine = UInt32(clamping: caller.line)
      if caller.codeID == code || depth(parent) >= nodeDepthMax {
        frame.node = parent
        return parent
      }
    }
    let key = UInt64(parent) << 32 | UInt64(code)
    var id = nodes.find(key)
    if id == 0 {
      id = UInt32(nodes.count + 1)
      guard nodes.insert(key, id) else { return parent }
      setDepth(id, depth(parent) &+ 1)
      writer.write(word(.defineNode, upper: id), UInt64(parent) | UInt64(code) << 32, UInt64(callLine), 0)
    }
    frame.node = id
    return id
  }

  private static func depth(_ node: UInt32) -> UInt16 { depths.map { $0[Int(node)] } ?? 0 }
  private static func setDepth(_ node: UInt32, _ depth: UInt16) {
    if depths == nil {
      let fresh = UnsafeMutablePointer<UInt16>.allocate(capacity: nodesMax + 2)
      fresh.initialize(repeating: 0, count: nodesMax + 2)
      depths = fresh
    }
    depths?[Int(node)] = depth
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
  /// The call-tree node, kept in the frame; 0: none yet.
  var node: UInt32 {
    get { frame.pointer.pointee.node }
    nonmutating set { frame.pointer.pointee.node = newValue }
  }
  var instruction: Int { frame.instructionIndex }
  var line: Int { frame.line }
  var codeID: UInt32 { Probes.codeID(frame.code) }
}
