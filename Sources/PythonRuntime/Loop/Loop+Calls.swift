// Calls with keywords and with unpacked arguments; intrinsics; events of generators.
import PythonBytecode
import TraceModel

/// What a call instruction led to.
enum CallOutcome {
  /// A Python function: its frame is ready to run; the stack is already cut.
  case entered(Frame)
  /// The result; `frame.stackTop` says where it goes.
  case value(Object)
  case failed
}

extension Slow {
  /// CALL_KW: callable, self or NULL, arguments, tuple of names.
  static func callKeywords(
    _ t: ThreadState, _ frame: UnsafeMutablePointer<FrameLayout>, _ sp: UnsafeMutablePointer<Object?>, _ operand: Int
  ) -> CallOutcome {
    let names = item(sp, 1)
    var base = sp - 1 - operand
    let bottom = base - 2
    var callable = bottom.pointee.unsafelyUnwrapped
    if bottom[1] == nil, callable.type == core.pointee.types.method {
      let m = callable.methodLayout
      let method = callable
      callable = m.pointee.function.retained()
      bottom[1] = m.pointee.receiver.retained()
      bottom[0] = callable
      method.release()
    }
    var total = operand
    if bottom[1] != nil {
      base -= 1
      total += 1
    }
    let positional = total - names.tupleCount
    if callable.type == core.pointee.types.function {
      let inner = pushFrame(AnyLevel.self, t, steal: callable, steal: nil)
      frame.pointee.stackTop = bottom
      let bound = bindArguments(t, inner, items(base), positional, keywords: names)
      names.release()
      if bound { return .entered(inner) }
      abandonFrame(t, inner)
      return .failed
    }
    let result = call(t, callable, Arguments(base: items(base), count: positional, keywordNames: names))
    for i in 0..<total { base[i].release() }
    callable.release()
    names.release()
    frame.pointee.stackTop = bottom
    return result.map { .value($0) } ?? .failed
  }

  /// CALL_FUNCTION_EX: callable, NULL, iterable of positional arguments, and a mapping when `hasKeywords`.
  static func callExpanded(
    _ t: ThreadState, _ frame: UnsafeMutablePointer<FrameLayout>, _ sp: UnsafeMutablePointer<Object?>, hasKeywords: Bool
  ) -> CallOutcome {
    var place = sp - (hasKeywords ? 2 : 1)
    let bottom = place - 2
    let callable = bottom.pointee.unsafelyUnwrapped
    var arguments = place.pointee.unsafelyUnwrapped
    if !arguments.isExactly(.tuple) {
      guard arguments.type.pointer.pointee.iter != nil || isSequence(t, arguments) else {
        t.raise(
          .TypeError,
          "\(functionText(t, callable)) argument after * must be an iterable, not \(arguments.typeName)")
        return .failed
      }
      guard let tuple = makeTuple(t, from: arguments) else { return .failed }
      place.pointee = tuple
      arguments.release()
      arguments = tuple
    }
    place += 1
    let dict = hasKeywords ? item(sp, 1) : nil
    if callable.type == core.pointee.types.function {
      return enterExpanded(t, frame, bottom, callable, arguments, dict)
    }
    let result = callWithTuple(t, callable, arguments, dict)
    callable.release()
    arguments.release()
    dict.release()
    frame.pointee.stackTop = bottom
    return result.map { .value($0) } ?? .failed
  }

  private static func enterExpanded(
    _ t: ThreadState, _ frame: UnsafeMutablePointer<FrameLayout>, _ bottom: UnsafeMutablePointer<Object?>,
    _ callable: Object,
    _ arguments: Object, _ dict: Object?
  ) -> CallOutcome {
    let count = arguments.tupleCount
    let keywordCount = dict?.dictCount ?? 0
    let inner = pushFrame(AnyLevel.self, t, steal: callable, steal: nil)
    frame.pointee.stackTop = bottom
    let bound = withUnsafeTemporaryAllocation(of: Object.self, capacity: max(count + keywordCount, 1)) {
      buffer -> Bool in
      guard let values = buffer.baseAddress else { return false }
      for i in 0..<count { values[i] = arguments.tupleItems[i].retained() }
      var names: Object?
      if let dict, keywordCount > 0 {
        let tuple = makeTuple(count: keywordCount)
        var position = 0
        var i = 0
        while let entry = dictNext(dict, &position), i < keywordCount {
          tuple.tupleItems[i] = entry.key.retained()
          values[count + i] = entry.value.retained()
          i += 1
        }
        filledTuple(tuple)
        names = tuple
      }
      defer { names.release() }
      return bindArguments(t, inner, values, count, keywords: names)
    }
    arguments.release()
    dict.release()
    if bound { return .entered(inner) }
    abandonFrame(t, inner)
    return .failed
  }

  /// `__init__` gave something; takes over the value.
  @inline(never) static func raiseInitResult(_ t: ThreadState, _ value: Object) {
    t.raise(.TypeError, "__init__() should return None, not '\(value.typeName)'")
    value.release()
  }

  /// Native code ended without a value and did not say why: a fault of ours, which must not end the program without a word.
  @inline(never) static func raiseUnsaid(_ t: ThreadState) {
    t.raise(.SystemError, "error return without exception set")
  }

  @inline(never) static func raiseNoLocals(_ t: ThreadState) { t.raise(.SystemError, "no locals") }

  @inline(never) static func raiseNotIterator(_ t: ThreadState, _ o: Object) {
    t.raise(.TypeError, "'\(o.typeName)' object is not an iterator")
  }

  // MARK: - Intrinsics

  /// The operand's function on one object (borrowed).
  static func intrinsic1(_ t: ThreadState, _ frame: Frame, _ operand: Int, _ o: Object) -> Object? {
    guard let intrinsic = Intrinsic1(rawValue: operand) else {
      return t.raise(.SystemError, "unknown intrinsic function")
    }
    switch intrinsic {
    case .invalid: return t.raise(.SystemError, "invalid intrinsic function")
    case .print:
      guard let sys = t.interpreter.systemDict, let hook = dictGet(t, sys, "displayhook") else {
        return t.raise(.RuntimeError, "lost sys.displayhook")
      }
      return call1(t, hook, o)
    case .importStar: return importStar(t, frame, o) ? core.pointee.none : nil
    case .stopIterationError: return stopIterationError(t, frame, o)
    case .asyncGenWrap: return wrapAsyncValue(o)
    case .unaryPositive: return unaryOperation(t, .positive, o)
    case .listToTuple: return listToTuple(o)
    case .typeVar, .paramSpec, .typeVarTuple: return callTyping(t, intrinsic, [o])
    case .subscriptGeneric: return callTyping(t, intrinsic, [o])
    case .typeAlias:
      guard o.isKind(.tuple), o.tupleCount == 3 else { return t.raise(.SystemError, "bad type alias") }
      return callTyping(t, intrinsic, [o.tupleItems[0], o.tupleItems[1], o.tupleItems[2]])
    }
  }

  static func intrinsic2(_ t: ThreadState, _ operand: Int, _ a: Object, _ b: Object) -> Object? {
    guard let intrinsic = Intrinsic2(rawValue: operand) else {
      return t.raise(.SystemError, "unknown intrinsic function")
    }
    switch intrinsic {
    case .invalid: return t.raise(.SystemError, "invalid intrinsic function")
    case .prepareReraiseStar: return prepareReraiseStar(t, a, b)
    case .setFunctionTypeParams:
      let p = a.functionLayout
      let old = p.pointee.typeParameters
      p.pointee.typeParameters = b.retained()
      old.release()
      return a.retained()
    case .typeVarWithBound, .typeVarWithConstraints, .setTypeParamDefault:
      return typingHelper(
        t, intrinsic == .typeVarWithBound ? "bound" : intrinsic == .typeVarWithConstraints ? "constraints" : "default",
        [a, b])
    }
  }

  /// Objects of PEP 695 are made by the module `_typing`.
  private static func callTyping(_ t: ThreadState, _ what: Intrinsic1, _ arguments: [Object]) -> Object? {
    let name =
      switch what {
      case .typeVar: "typevar"
      case .paramSpec: "paramspec"
      case .typeVarTuple: "typevartuple"
      case .subscriptGeneric: "subscript_generic"
      default: "typealias"
      }
    return typingHelper(t, name, arguments)
  }

  private static func typingHelper(_ t: ThreadState, _ name: String, _ arguments: [Object]) -> Object? {
    guard let hook = t.interpreter.importHook else { return t.raise(.SystemError, "no import system") }
    guard let module = hook(t, internString("_typing"), nil, nil, core.pointee.none, 0) else { return nil }
    defer { module.release() }
    guard let function = getAttribute(t, module, internString("_\(name)")) else { return nil }
    defer { function.release() }
    return callWithObjects(t, function, arguments)
  }

  /// `from module import *`.
  private static func importStar(_ t: ThreadState, _ frame: Frame, _ module: Object) -> Bool {
    guard let locals = frame.pointer.pointee.locals else {
      return t.fail(.SystemError, "no locals found during 'import *'")
    }
    var failed = false
    var skipsUnderscores = false
    var names = findAttribute(t, module, LoopName.all, failed: &failed)
    if failed { return false }
    if names == nil {
      guard let dict = getAttribute(t, module, LoopName.dict) else { return false }
      defer { dict.release() }
      names = makeList(t, from: dict)
      skipsUnderscores = true
    }
    guard let names else { return false }
    defer { names.release() }
    return forEach(t, names) { name in
      guard name.isKind(.str) else {
        return t.fail(.TypeError, "\(reprText(t, module)).__all__ items must be str, not \(name.typeName)")
      }
      if skipsUnderscores, stringValue(name).hasPrefix("_") { return true }
      guard let value = getAttribute(t, module, name) else { return false }
      defer { value.release() }
      return locals.isExactly(.dict) ? dictSet(t, locals, name, value) : setItem(t, locals, name, value)
    }
  }

  /// A StopIteration that leaves a generator becomes a RuntimeError (PEP 479); others pass.
  private static func stopIterationError(_ t: ThreadState, _ frame: Frame, _ exception: Object) -> Object? {
    let flags = frame.code.codeLayout.pointee.flags
    var text: String?
    if isSubtype(exception.type, exceptionType(.StopIteration)) {
      text =
        flags & CodeFlags.asyncGenerator.rawValue != 0
        ? "async generator raised StopIteration"
        : flags & CodeFlags.coroutine.rawValue != 0
          ? "coroutine raised StopIteration" : "generator raised StopIteration"
    } else if flags & CodeFlags.asyncGenerator.rawValue != 0,
      isSubtype(exception.type, exceptionType(.StopAsyncIteration))
    {
      text = "async generator raised StopAsyncIteration"
    }
    guard let text else { return exception.retained() }
    let error = makeException(t, .RuntimeError, steal: makeTuple([makeString(text)]))
    setExceptionCause(error, steal: exception.retained())
    setExceptionContext(error, steal: exception.retained())
    return error
  }

  // MARK: - Events

  @inline(never) static func recordGenerator(_ t: ThreadState, _ generator: Object) {
    let kind: GeneratorKind =
      generator.isKind(.coroutine) ? .coroutine : generator.isKind(.asyncGenerator) ? .asyncGenerator : .generator
    Probes.generatorCreate(generator, kind, code: generator.generatorFrame.code)
  }
}
