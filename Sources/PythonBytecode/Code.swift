// A code object as the compiler makes it and the interpreter loads it: immutable, knows no runtime object.
// The interpreter copies `instructions` into its own memory before it writes to the cache words.

/// A constant of a code object.
public enum Constant: Sendable {
  case none
  case ellipsis
  case bool(Bool)
  case int(Int)
  /// An integer outside `Int`: sign and magnitude, least significant 32-bit limb first, no leading zero limb.
  case bigInt(negative: Bool, magnitude: [UInt32])
  case float(Double)
  case complex(real: Double, imaginary: Double)
  /// UTF-8; lone surrogates take three bytes each, as in WTF-8.
  case string([UInt8])
  case bytes([UInt8])
  case tuple([Constant])
  case frozenset([Constant])
  case code(Code)
}

/// CPython's `CO_*` flags.
public struct CodeFlags: OptionSet, Sendable, Hashable {
  public let rawValue: UInt32
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let optimized = CodeFlags(rawValue: 0x1)
  public static let newLocals = CodeFlags(rawValue: 0x2)
  public static let varArgs = CodeFlags(rawValue: 0x4)
  public static let varKeywords = CodeFlags(rawValue: 0x8)
  public static let nested = CodeFlags(rawValue: 0x10)
  public static let generator = CodeFlags(rawValue: 0x20)
  public static let coroutine = CodeFlags(rawValue: 0x80)
  public static let iterableCoroutine = CodeFlags(rawValue: 0x100)
  public static let asyncGenerator = CodeFlags(rawValue: 0x200)
  public static let futureBarryAsBDFL = CodeFlags(rawValue: 0x400000)
  public static let futureGeneratorStop = CodeFlags(rawValue: 0x800000)
  public static let futureAnnotations = CodeFlags(rawValue: 0x1000000)
  public static let noMonitoringEvents = CodeFlags(rawValue: 0x2000000)
}

/// What lives in a slot of the fast locals. An argument that is captured is both local and cell.
public struct LocalKind: OptionSet, Sendable, Hashable {
  public let rawValue: UInt8
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Bits as CPython's `CO_FAST_*`.
  public static let hidden = LocalKind(rawValue: 0x10)
  public static let local = LocalKind(rawValue: 0x20)
  public static let cell = LocalKind(rawValue: 0x40)
  public static let free = LocalKind(rawValue: 0x80)
}

/// One protected range. Ranges are disjoint and sorted, so at most one covers a word: the innermost handler.
public struct ExceptionRange: Sendable, Hashable {
  /// First word covered.
  public let begin: UInt32
  /// First word no longer covered.
  public let end: UInt32
  /// Word index of the handler.
  public let target: UInt32
  /// The value stack is cut to this depth before the exception is pushed.
  public let depth: UInt32
  /// Whether the index of the raising instruction is pushed (as an int) below the exception.
  public let pushesLastInstruction: Bool

  public init(begin: UInt32, end: UInt32, target: UInt32, depth: UInt32, pushesLastInstruction: Bool) {
    self.begin = begin
    self.end = end
    self.target = target
    self.depth = depth
    self.pushesLastInstruction = pushesLastInstruction
  }
}

/// A place in the source; lines count from 1, columns are UTF-8 bytes from 0, -1 means unknown.
public struct SourcePosition: Sendable, Hashable {
  public let line: Int32
  public let endLine: Int32
  public let column: Int32
  public let endColumn: Int32

  public static let none = SourcePosition(line: -1, endLine: -1, column: -1, endColumn: -1)

  public init(line: Int32, endLine: Int32, column: Int32, endColumn: Int32) {
    self.line = line
    self.endLine = endLine
    self.column = column
    self.endColumn = endColumn
  }
}

/// The position of all words from `begin` up to the next run.
public struct PositionRun: Sendable, Hashable {
  public let begin: UInt32
  public let position: SourcePosition

  public init(begin: UInt32, position: SourcePosition) {
    self.begin = begin
    self.position = position
  }
}

public final class Code: Sendable {
  public let name: String
  public let qualname: String
  public let fileName: String
  public let firstLine: Int32
  public let flags: CodeFlags
  /// Positional arguments, the positional-only ones included; without `*args`.
  public let argCount: Int
  public let posOnlyArgCount: Int
  public let kwOnlyArgCount: Int
  /// The fast locals in CPython's order: arguments, other locals, cells that are no locals, free variables.
  public let localNames: [String]
  /// Parallel to `localNames`.
  public let localKinds: [LocalKind]
  /// Depth of the value stack, at least 1 when it is a generator.
  public let stackSize: Int
  public let instructions: [UInt32]
  public let constants: [Constant]
  public let names: [String]
  public let exceptionTable: [ExceptionRange]
  public let positions: [PositionRun]

  public init(
    name: String, qualname: String, fileName: String, firstLine: Int32, flags: CodeFlags, argCount: Int,
    posOnlyArgCount: Int, kwOnlyArgCount: Int, localNames: [String], localKinds: [LocalKind], stackSize: Int,
    instructions: [UInt32], constants: [Constant], names: [String], exceptionTable: [ExceptionRange],
    positions: [PositionRun]
  ) {
    self.name = name
    self.qualname = qualname
    self.fileName = fileName
    self.firstLine = firstLine
    self.flags = flags
    self.argCount = argCount
    self.posOnlyArgCount = posOnlyArgCount
    self.kwOnlyArgCount = kwOnlyArgCount
    self.localNames = localNames
    self.localKinds = localKinds
    self.stackSize = stackSize
    self.instructions = instructions
    self.constants = constants
    self.names = names
    self.exceptionTable = exceptionTable
    self.positions = positions
  }
}

// What `code.co_*` tells, derived.
extension Code {
  /// `co_varnames`: arguments and locals, captured arguments included.
  public var varNames: [String] { names(with: .local) }
  /// `co_cellvars`.
  public var cellNames: [String] { names(with: .cell) }
  /// `co_freevars`.
  public var freeNames: [String] { names(with: .free) }
  /// Number of slots that fast locals, cells and free variables take.
  public var localCount: Int { localNames.count }
  public var freeCount: Int { localKinds.reduce(0) { $0 + ($1.contains(.free) ? 1 : 0) } }

  private func names(with kind: LocalKind) -> [String] {
    zip(localNames, localKinds).filter { $0.1.contains(kind) }.map(\.0)
  }

  /// The handler that is in force at a word, if any.
  public func exceptionRange(at word: UInt32) -> ExceptionRange? {
    var low = 0
    var high = exceptionTable.count
    while low < high {
      let middle = (low + high) / 2
      if exceptionTable[middle].end <= word { low = middle + 1 } else { high = middle }
    }
    guard low < exceptionTable.count, exceptionTable[low].begin <= word else { return nil }
    return exceptionTable[low]
  }

  /// The source position of the instruction at a word.
  public func position(at word: UInt32) -> SourcePosition {
    var low = 0
    var high = positions.count
    while low < high {
      let middle = (low + high) / 2
      if positions[middle].begin <= word { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? .none : positions[low - 1].position
  }

  /// The line of the instruction at a word; 0 when it has none.
  public func line(at word: UInt32) -> Int32 { max(position(at: word).line, 0) }
}
