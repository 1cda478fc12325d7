// What the object model asks of the running frame: globals for `__module__`, and the context of `super()` without arguments.

/// The globals of the innermost Python frame, borrowed; nil: no frame runs.
public func currentGlobals(_ t: ThreadState) -> Object? { t.frame?.firstComplete?.pointer.pointee.globals }

/// `__class__` and the first argument of the running function, borrowed; nil: RuntimeError is set.
func superContext(_ t: ThreadState) -> (Object, Object)? {
  guard let frame = t.frame?.firstComplete else {
    t.raise(.RuntimeError, "super(): no current frame")
    return nil
  }
  let code = frame.code.codeLayout
  guard code.pointee.argumentCount > 0 else {
    t.raise(.RuntimeError, "super(): no arguments")
    return nil
  }
  guard var first = frame.fastLocals[0] else {
    t.raise(.RuntimeError, "super(): arg[0] deleted")
    return nil
  }
  // A cell may also be an argument like any other.
  if first.isExactly(.cell), frame.code.compiledCode.localKinds[0].contains(.cell) {
    guard let content = first.cellLayout.pointee.content else {
      t.raise(.RuntimeError, "super(): arg[0] deleted")
      return nil
    }
    first = content
  }
  let names = code.pointee.localTuple
  let total = code.pointee.localCount
  for i in (total - code.pointee.freeCount)..<total where names.tupleItems[i] == Name.dunderClass {
    guard let cell = frame.fastLocals[i], let type = cell.cellLayout.pointee.content else {
      t.raise(.RuntimeError, "super(): empty __class__ cell")
      return nil
    }
    return (type, first)
  }
  t.raise(.RuntimeError, "super(): __class__ cell not found")
  return nil
}
