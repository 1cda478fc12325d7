// Attributes sites to the program: the innermost function of the program's own files on the call path, so that what a library function
// allocates counts for whoever called it. Where no function of the program is on the path, the innermost function stands. Importing a module of the library
// can be taken apart: what that does is not what the program's own code does, and an import more or less would hide it.

import TraceModel
import TraceReplay

/// Answers by site and by node, remembered: every event may ask.
public struct ProgramPlaces: Sendable {
  private let names: TraceNames
  /// By node: the node of the innermost frame of the program; 0 where there is none.
  private var programNodes: [UInt32]
  /// Parents of a path that are followed at most: a hostile trace may have a cycle.
  private static let depthMax = 100_000

  public init(names: TraceNames, importsApart: Bool = false) {
    self.names = names
    programNodes = .init(repeating: 0, count: names.nodes.count)
    // Parents are defined before their children; a parent that comes later is none of a real trace and is followed below.
    for index in names.nodes.indices where names.nodes[index].isDefined {
      let node = names.nodes[index]
      // An import within an import is a part of it.
      let isImport =
        importsApart && Self.isImport(node.code, names) && !Self.isWithinImport(node, programNodes, names)
      if isImport || names.isProgramCode(node.code) {
        programNodes[index] = UInt32(index)
      } else if node.parent < index {
        programNodes[index] = programNodes[Int(node.parent)]
      }
    }
  }

  private static func isWithinImport(
    _ node: TraceNames.NodeEntry, _ programNodes: [UInt32], _ names: TraceNames
  ) -> Bool {
    guard Int(node.parent) < programNodes.count else { return false }
    let outer = programNodes[Int(node.parent)]
    return outer != 0 && isImport(names.codeOfNode(outer), names)
  }

  /// Whether the code is the body of a module of the library.
  public static func isImport(_ code: UInt32, _ names: TraceNames) -> Bool {
    !names.isProgramCode(code) && names.codeName(code) == "<module>" && names.fileName(ofCode: code).hasSuffix(".py")
  }

  private func programNode(ofSite id: UInt32) -> UInt32 {
    guard let site = names.site(id), Int(site.node) < programNodes.count else { return 0 }
    return programNodes[Int(site.node)]
  }

  /// Code that allocates: of the program where it is on the path, else the innermost; 0 is none.
  public func code(ofSite id: UInt32) -> UInt32 {
    let node = programNode(ofSite: id)
    return node != 0 ? names.codeOfNode(node) : names.codeOfSite(id)
  }

  /// `file:function:line` of the innermost frame of the program, else of the site itself.
  public func place(ofSite id: UInt32) -> String? {
    guard let site = names.site(id) else { return nil }
    let wanted = programNode(ofSite: id)
    guard wanted != 0, wanted != site.node else { return names.place(ofSite: id) }
    // The line is where the frame below was called from.
    var node = site.node
    var steps = 0
    while let entry = names.node(node), steps < Self.depthMax {
      if entry.parent == wanted {
        let code = names.codeOfNode(wanted)
        return "\(names.fileName(ofCode: code)):\(names.codeName(code)):\(entry.callLine)"
      }
      node = entry.parent
      steps += 1
    }
    return names.place(ofSite: id)
  }

  /// Functions of the program on the way to a site, innermost first, without the module's own code.
  public func callers(ofSite id: UInt32) -> [UInt32] {
    functions(ofSite: id).filter { names.codeName($0) != "<module>" }
  }

  /// The same with the module's own code.
  func functions(ofSite id: UInt32) -> [UInt32] {
    guard let site = names.site(id) else { return [] }
    var codes: [UInt32] = []
    var node = site.node
    var steps = 0
    while let entry = names.node(node), steps < Self.depthMax {
      if names.isProgramCode(entry.code), !codes.contains(entry.code) { codes.append(entry.code) }
      guard entry.parent != node else { break }
      node = entry.parent
      steps += 1
    }
    return codes
  }
}
