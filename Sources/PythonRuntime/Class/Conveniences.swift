// Small things that native code of several rooms asks of the object model.

/// The module of that name, imported if needed. New reference; nil: an exception is set.
public func importModule(_ t: ThreadState, _ name: String) -> Object? {
  guard let hook = t.interpreter.importHook else {
    t.raise(.ImportError, "no import system is installed")
    return nil
  }
  let nameObject = internString(name)
  let list = makeTuple([core.pointee.none])
  defer { list.release() }
  return hook(t, nameObject, nil, nil, list, 0)
}

/// Adds a line to `__notes__` of the exception that is set.
func addNote(_ t: ThreadState, _ text: String) {
  guard let exception = t.takeRaised() else { return }
  let note = makeString(text)
  defer { note.release() }
  if let result = callMethod(t, exception, "add_note", note) { result.release() } else { t.clearRaised() }
  t.raised = exception
}

/// The most derived of a metaclass and the bases' metaclasses; nil: TypeError is set.
public func mostDerivedMetaclass(_ t: ThreadState, _ metatype: TypeObject, _ bases: Object) -> TypeObject? {
  TypeNew.calculateMetaclass(t, metatype, bases)
}

/// Calls `body` with each living direct subclass.
public func forEachSubclassOf(_ type: TypeObject, _ body: (TypeObject) -> Void) { forEachSubclass(type, body) }
