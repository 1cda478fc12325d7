// Code objects: PythonBytecode.Code made into a heap object: constants and names as objects, instructions in memory that the loop may rewrite.
//
// The opcode byte of each word is translated to the loop's own numbering (`Instruction`), so that dispatch is one dense table.
import CRuntimeSupport
import PythonBytecode

public struct CodeLayout {
  public var header: ObjectHeader
  public var instructions: UnsafeMutablePointer<UInt32>
  public var constants: UnsafeMutablePointer<Object>
  public var names: UnsafeMutablePointer<Object>
  public var instructionCount: Int
  public var constantCount: Int
  /// Fast locals, cells and free variables together; then the room of the value stack.
  public var localCount: Int
  public var stackSize: Int
  public var argumentCount: Int32
  public var positionalOnlyCount: Int32
  public var keywordOnlyCount: Int32
  public var freeCount: Int
  public var flags: UInt32
  public var firstLine: Int32
  public var hasDocString: Bool
  /// Arguments are plain positional ones and the code is no generator: a call may copy them and go.
  public var isSimple: Bool
  public var constantTuple: Object
  public var nameTuple: Object
  /// All names of fast locals, in slot order.
  public var localTuple: Object
  public var name: Object
  public var qualifiedName: Object
  public var fileName: Object
  public var weakrefs: Object?
  /// The code's id in events; 0 until its definition has been written.
  public var traceID: UInt32
  /// Lines by instruction word, made when a line is first asked for: generator events ask at every yield.
  public var lines: UnsafeMutablePointer<Int32>?
  /// Where lines begin, made when the code is first traced. See LineStarts.
  var lineStarts: UnsafeMutablePointer<UInt8>?
  /// Retained.
  public var source: Unmanaged<Code>
}

extension Object {
  @inlinable @inline(__always) public var codeLayout: UnsafeMutablePointer<CodeLayout> { layout() }

  /// The compiler's code object behind a code object.
  public var compiledCode: Code { codeLayout.pointee.source.takeUnretainedValue() }

  /// The line of a code object's instruction word; 0 when it has none.
  @inline(__always) func codeLine(at word: Int) -> Int {
    if let lines = codeLayout.pointee.lines { return Int(lines[word]) }
    return Int(makeCodeLines()[word])
  }

  @inline(never) private func makeCodeLines() -> UnsafeMutablePointer<Int32> {
    let code = compiledCode
    let count = max(codeLayout.pointee.instructionCount, 1)
    let lines = UnsafeMutablePointer<Int32>.allocate(capacity: count)
    lines.initialize(repeating: 0, count: count)
    // Each entry is in force up to the next one's begin.
    for (i, entry) in code.positions.enumerated() {
      let end = i + 1 < code.positions.count ? Int(code.positions[i + 1].begin) : count
      for word in Int(entry.begin)..<max(Int(entry.begin), min(end, count)) {
        lines[word] = max(entry.position.line, 0)
      }
    }
    codeLayout.pointee.lines = lines
    return lines
  }
}

extension CodeFlags {
  static let anyGenerator: UInt32 =
    CodeFlags.generator.rawValue | CodeFlags.coroutine.rawValue | CodeFlags.asyncGenerator.rawValue
}

/// A code object from compiled code; nested code objects are made with it.
public func makeCodeObject(_ t: ThreadState, _ code: Code) -> Object {
  var constants = ConstantPool()
  defer { constants.drop() }
  return makeCodeObject(code, &constants)
}

/// A code object whose constants are objects: a tuple, borrowed; the compiler's form has as many, whatever they are.
public func makeCodeObject(_ t: ThreadState, _ code: Code, constants: Object) -> Object {
  let made = makeCodeObject(t, code)
  CodeReplace.setConstants(made, constants)
  return made
}

func makeCodeObject(_ code: Code, _ pool: inout ConstantPool) -> Object {
  let constants = pool.tuple(code.constants)
  let names = pool.tuple(names: code.names)
  let locals = pool.tuple(names: code.localNames)
  let words = UnsafeMutablePointer<UInt32>.allocate(capacity: max(code.instructions.count, 1))
  words.initialize(repeating: 0, count: max(code.instructions.count, 1))
  translate(code.instructions, into: words, isFinalizer: code.name == "__del__")
  var hasDoc = false
  if case .string? = code.constants.first { hasDoc = code.flags.contains(.optimized) }
  let o = allocateObject(core.pointee.types.code, size: MemoryLayout<CodeLayout>.size)
  let p = o.codeLayout
  let header = p.pointee.header
  let special: CodeFlags = [.varArgs, .varKeywords, .generator, .coroutine, .asyncGenerator]
  p.initialize(
    to: CodeLayout(
      header: header, instructions: words, constants: constants.tupleItems, names: names.tupleItems,
      instructionCount: code.instructions.count, constantCount: code.constants.count, localCount: code.localCount,
      stackSize: code.stackSize, argumentCount: Int32(code.argCount), positionalOnlyCount: Int32(code.posOnlyArgCount),
      keywordOnlyCount: Int32(code.kwOnlyArgCount), freeCount: code.freeCount, flags: code.flags.rawValue,
      firstLine: code.firstLine, hasDocString: hasDoc,
      isSimple: code.kwOnlyArgCount == 0 && code.flags.isDisjoint(with: [.varArgs, .varKeywords])
        && code.flags.contains(.optimized) && code.flags.isDisjoint(with: special),
      constantTuple: constants, nameTuple: names, localTuple: locals, name: internString(code.name).retained(),
      qualifiedName: internString(code.qualname).retained(), fileName: internString(code.fileName).retained(),
      weakrefs: nil, traceID: 0, lines: nil, source: Unmanaged.passRetained(code)))
  if exuvia_level() >= probeLevelLinks { Probes.holding(o) }
  return o
}

/// Copies instruction words with the loop's numbering; cache words become zero. The first RESUME of a `__del__` is one that tells the trace.
private func translate(_ words: [UInt32], into target: UnsafeMutablePointer<UInt32>, isFinalizer: Bool) {
  var i = 0
  while i < words.count {
    guard let opcode = InstructionWord.opcode(words[i]), var instruction = Instruction(opcode) else {
      fatal("a code object holds an instruction that the loop does not know")
    }
    if isFinalizer, instruction == .resume, words[i] &>> 8 & 3 == 0 { instruction = .resumeFinalizer }
    if i + 1 < words.count, let next = InstructionWord.opcode(words[i + 1]) {
      instruction = instruction.pair(before: next)
    }
    target[i] = words[i] & ~0xFF | UInt32(instruction.rawValue)
    i += 1 + opcode.cacheWords
  }
}

enum CodeSlots {
  static func configure() {
    let p = core.pointee.types.code.pointer
    p.pointee.basicSize = MemoryLayout<CodeLayout>.size
    p.pointee.weakrefOffset = MemoryLayout<CodeLayout>.offset(of: \.weakrefs) ?? 0
    p.pointee.dealloc = ObjectAction(dealloc)
    p.pointee.repr = UnaryFunction { _, o in
      let p = o.codeLayout
      return makeString(
        "<code object \(stringValue(p.pointee.name)) at \(addressText(o)), file \"\(stringValue(p.pointee.fileName))\", "
          + "line \(p.pointee.firstLine)>")
    }
    p.pointee.hash = MeasureFunction { _, o in
      let p = o.codeLayout
      return (Int(p.pointee.firstLine) &* 31 &+ p.pointee.instructionCount) &* 31 &+ p.pointee.constantCount
    }
    p.pointee.compare = CompareFunction { t, a, b, op in
      guard op == .equal || op == .notEqual, a.isKind(.code), b.isKind(.code) else {
        return core.pointee.notImplemented.retained()
      }
      let same = equal(t, a, b)
      return same < 0 ? nil : makeBool((same == 1) == (op == .equal))
    }
    FunctionTypes.useGenericAttributes(p)
  }

  private static func equal(_ t: ThreadState, _ a: Object, _ b: Object) -> Int {
    if a == b { return 1 }
    let (x, y) = (a.compiledCode, b.compiledCode)
    guard x.name == y.name, x.argCount == y.argCount, x.posOnlyArgCount == y.posOnlyArgCount,
      x.kwOnlyArgCount == y.kwOnlyArgCount, x.flags == y.flags, x.firstLine == y.firstLine,
      x.instructions == y.instructions, x.localNames == y.localNames, x.names == y.names, x.positions == y.positions
    else { return 0 }
    return compareBool(t, a.codeLayout.pointee.constantTuple, b.codeLayout.pointee.constantTuple, .equal)
  }

  private static func dealloc(_ o: Object) {
    let p = o.codeLayout
    if p.pointee.weakrefs != nil { clearWeakrefs(o) }
    p.pointee.constantTuple.release()
    p.pointee.nameTuple.release()
    p.pointee.localTuple.release()
    p.pointee.name.release()
    p.pointee.qualifiedName.release()
    p.pointee.fileName.release()
    p.pointee.instructions.deallocate()
    p.pointee.lines?.deallocate()
    p.pointee.lineStarts?.deallocate()
    p.pointee.source.release()
    freeObject(o, size: MemoryLayout<CodeLayout>.size)
  }

  static func addAttributes(_ t: ThreadState) {
    let type = core.pointee.types.code
    func add(_ name: String, _ getter: @escaping UnaryFunction.Function) {
      addGetSet(t, type, name, getter: UnaryFunction(getter), setter: nil)
    }
    add("co_name") { _, o in o.codeLayout.pointee.name.retained() }
    add("co_qualname") { _, o in o.codeLayout.pointee.qualifiedName.retained() }
    add("co_filename") { _, o in o.codeLayout.pointee.fileName.retained() }
    add("co_firstlineno") { _, o in makeInt(Int(o.codeLayout.pointee.firstLine)) }
    add("co_flags") { _, o in makeInt(Int(o.codeLayout.pointee.flags)) }
    add("co_argcount") { _, o in makeInt(Int(o.codeLayout.pointee.argumentCount)) }
    add("co_posonlyargcount") { _, o in makeInt(Int(o.codeLayout.pointee.positionalOnlyCount)) }
    add("co_kwonlyargcount") { _, o in makeInt(Int(o.codeLayout.pointee.keywordOnlyCount)) }
    add("co_nlocals") { _, o in makeInt(o.compiledCode.varNames.count) }
    add("co_stacksize") { _, o in makeInt(o.codeLayout.pointee.stackSize) }
    add("co_consts") { _, o in o.codeLayout.pointee.constantTuple.retained() }
    add("co_names") { _, o in o.codeLayout.pointee.nameTuple.retained() }
    add("co_varnames") { _, o in nameTuple(o.compiledCode.varNames) }
    add("co_cellvars") { _, o in nameTuple(o.compiledCode.cellNames) }
    add("co_freevars") { _, o in nameTuple(o.compiledCode.freeNames) }
    add("co_code") { _, o in
      makeBytes(
        o.compiledCode.instructions.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } })
    }
    addMethods(
      t, type,
      [
        NativeMethod("_varname_from_oparg", .oneArgument) { t, o, a in
          guard let i = indexValue(t, a[0]) else { return nil }
          let code = o.compiledCode
          // An argument that is a cell as well has one place only.
          let names = code.varNames + code.cellNames.filter { !code.varNames.contains($0) } + code.freeNames
          guard i >= 0, i < names.count else { return t.raise(.IndexError, "tuple index out of range") }
          return internString(names[i])
        },
        NativeMethod("co_lines", .noArguments) { t, o, _ in
          let list = makeList(codeLines(o.compiledCode))
          defer { list.release() }
          return iterate(t, list)
        },
        NativeMethod("co_positions", .noArguments) { t, o, _ in
          let list = makeList(codePositions(o.compiledCode))
          defer { list.release() }
          return iterate(t, list)
        },
        NativeMethod("replace", .keywords) { t, o, arguments in CodeReplace.replace(t, o, arguments) },
        NativeMethod("__replace__", .keywords) { t, o, arguments in CodeReplace.replace(t, o, arguments) },
      ])
  }

  private static func nameTuple(_ names: [String]) -> Object { makeTuple(names.map { internString($0).retained() }) }

  /// `(begin, end, line)` of each run, in bytes of two to the word, as CPython counts.
  private static func codeLines(_ code: Code) -> [Object] {
    var result: [Object] = []
    for (i, run) in code.positions.enumerated() {
      let end = i + 1 < code.positions.count ? code.positions[i + 1].begin : UInt32(code.instructions.count)
      let line = run.position.line < 0 ? core.pointee.none.retained() : makeInt(Int(run.position.line))
      result.append(makeTuple([makeInt(Int(run.begin) * 2), makeInt(Int(end) * 2), line]))
    }
    return result
  }

  private static func codePositions(_ code: Code) -> [Object] {
    func number(_ value: Int32) -> Object { value < 0 ? core.pointee.none.retained() : makeInt(Int(value)) }
    return (0..<code.instructions.count).map { word in
      let place = code.position(at: UInt32(word))
      return makeTuple([number(place.line), number(place.endLine), number(place.column), number(place.endColumn)])
    }
  }
}
