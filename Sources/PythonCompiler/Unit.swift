// What the code generator knows about the one block that it is in: instructions so far, tables of names and constants, and the
// stack of loops, handlers and `with` blocks that `break`, `continue` and `return` must leave.

import PythonBytecode
import PythonSyntax

/// One instruction of the intermediate form. Until the flow graph is built `target` is a label, then a block.
struct Instruction {
  var opcode: Opcode
  var operand: Int
  var target: Int
  var position: SourcePosition

  static let noTarget = -1
}

struct Label: Equatable {
  let id: Int
}

enum UnitKind {
  case module, `class`, function, asyncFunction, lambda, comprehension, typeParameters

  var isFunction: Bool { self == .function || self == .asyncFunction || self == .lambda }
}

/// A place that a jump out of a statement must undo.
struct FrameBlock {
  enum Kind {
    case whileLoop
    case forLoop
    case tryExcept
    case finallyTry(body: [Statement])
    case finallyEnd
    case with(isAsync: Bool)
    case handlerCleanup(name: String?)
    case popValue
    case exceptionHandler
    case exceptionGroupHandler
    case asyncComprehension
  }
  let kind: Kind
  let start: Label?
  let exit: Label?
  var position = SourcePosition.none

  var isLoop: Bool {
    switch kind {
    case .whileLoop, .forLoop: true
    default: false
    }
  }
}

/// Values in the order of their first use, each with its index.
struct IndexedTable<Key: Hashable> {
  private(set) var keys: [Key] = []
  private var indices: [Key: Int] = [:]

  init() {}

  init(_ keys: [Key]) {
    for key in keys { _ = index(of: key) }
  }

  mutating func index(of key: Key) -> Int {
    if let index = indices[key] { return index }
    indices[key] = keys.count
    keys.append(key)
    return keys.count - 1
  }

  func existingIndex(of key: Key) -> Int? { indices[key] }
}

final class Unit {
  let kind: UnitKind
  let scope: Scope
  let name: String
  let qualname: String
  let firstLine: Int32
  /// Name of the class around, for private names.
  let className: String?

  var argCount = 0
  var posOnlyArgCount = 0
  var kwOnlyArgCount = 0
  var constants = IndexedTable<ConstantKey>()
  var names = IndexedTable<String>()
  var localNames: IndexedTable<String>
  let cellNames: IndexedTable<String>
  let freeNames: IndexedTable<String>
  /// Names of a module or class that are fast locals while (true) or since (false) an inlined comprehension uses them.
  var fastHidden: [String: Bool] = [:]
  var inlinedComprehensionDepth = 0
  /// Attributes that the methods of this class assign to `self`.
  var staticAttributes: Set<String> = []

  var instructions: [Instruction] = []
  /// Index into `instructions` of each label; -1 until it is placed.
  var labelPlaces: [Int] = []
  var frameBlocks: [FrameBlock] = []

  init(kind: UnitKind, scope: Scope, name: String, qualname: String, firstLine: Int32, className: String?) {
    self.kind = kind
    self.scope = scope
    self.name = name
    self.qualname = qualname
    self.firstLine = firstLine
    self.className = className
    localNames = IndexedTable(scope.parameters)
    var cells = scope.sortedNames { $0.scope == .cell || $0.flags.contains(.comprehensionCell) }
    if scope.needsClassClosure { cells.append("__class__") }
    if scope.needsClassDict { cells.append("__classdict__") }
    cellNames = IndexedTable(cells)
    freeNames = IndexedTable(scope.sortedNames { $0.scope == .free || $0.flags.contains(.freeInClass) })
  }
}

// Emitting.
extension Unit {
  func emit(_ opcode: Opcode, _ operand: Int = 0, at position: SourcePosition) {
    instructions.append(
      Instruction(opcode: opcode, operand: operand, target: Instruction.noTarget, position: position))
  }

  func emitJump(_ opcode: Opcode, to label: Label, at position: SourcePosition) {
    instructions.append(Instruction(opcode: opcode, operand: 0, target: label.id, position: position))
  }

  func newLabel() -> Label {
    labelPlaces.append(-1)
    return Label(id: labelPlaces.count - 1)
  }

  func place(_ label: Label) { labelPlaces[label.id] = instructions.count }

  /// Puts a jump before everything else.
  func insertFirst(_ opcode: Opcode, to label: Label) {
    for index in labelPlaces.indices where labelPlaces[index] >= 0 { labelPlaces[index] += 1 }
    instructions.insert(
      Instruction(opcode: opcode, operand: 0, target: label.id, position: .none), at: 0)
  }

  func constantIndex(_ constant: Constant) -> Int { constants.index(of: ConstantKey(constant: constant)) }
}
