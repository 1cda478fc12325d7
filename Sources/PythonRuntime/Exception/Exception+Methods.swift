// Attributes and methods of the built-in exception classes.

/// Adds methods and attributes to the classes that introduce them.
func addExceptionMethods(_ t: ThreadState, _ kind: ExceptionKind, _ type: TypeObject) {
  switch kind {
  case .BaseException: addBaseExceptionMethods(t, type)
  case .StopIteration: addField(t, type, "value", 0)
  case .SystemExit: addField(t, type, "code", 0)
  case .ImportError:
    addField(t, type, "msg", 0)
    addField(t, type, "name", 1)
    addField(t, type, "path", 2)
    addField(t, type, "name_from", 3)
  case .OSError:
    addField(t, type, "errno", 0)
    addField(t, type, "strerror", 1)
    addField(t, type, "filename", 2)
    addField(t, type, "filename2", 3)
  case .NameError: addField(t, type, "name", 0)
  case .AttributeError:
    addField(t, type, "name", 0)
    addField(t, type, "obj", 1)
  case .SyntaxError:
    for (i, name) in [
      "msg", "filename", "lineno", "offset", "end_lineno", "end_offset", "text", "print_file_and_line",
    ].enumerated() {
      addField(t, type, name, i)
    }
  case .UnicodeDecodeError, .UnicodeEncodeError, .UnicodeTranslateError: addUnicodeFields(t, type)
  case .BaseExceptionGroup: addGroupMethods(t, type)
  default: break
  }
}

/// One attribute that shows an extra word; None when the word is empty.
private func addField(_ t: ThreadState, _ type: TypeObject, _ name: String, _ index: Int) {
  // A slot may not capture, so there is one pair of functions for each index.
  addGetSet(t, type, name, getter: FieldAccess.getters[index], setter: FieldAccess.setters[index])
}

private enum FieldAccess {
  static let getters: [UnaryFunction] = [
    UnaryFunction { _, o in read(o, 0) }, UnaryFunction { _, o in read(o, 1) }, UnaryFunction { _, o in read(o, 2) },
    UnaryFunction { _, o in read(o, 3) }, UnaryFunction { _, o in read(o, 4) }, UnaryFunction { _, o in read(o, 5) },
    UnaryFunction { _, o in read(o, 6) }, UnaryFunction { _, o in read(o, 7) },
  ]
  static let setters: [StoreFunction] = [
    StoreFunction { _, o, _, v in write(o, 0, v) }, StoreFunction { _, o, _, v in write(o, 1, v) },
    StoreFunction { _, o, _, v in write(o, 2, v) }, StoreFunction { _, o, _, v in write(o, 3, v) },
    StoreFunction { _, o, _, v in write(o, 4, v) }, StoreFunction { _, o, _, v in write(o, 5, v) },
    StoreFunction { _, o, _, v in write(o, 6, v) }, StoreFunction { _, o, _, v in write(o, 7, v) },
  ]
  static func read(_ o: Object, _ index: Int) -> Object? { (o.exceptionFields[index] ?? core.pointee.none).retained() }
  static func write(_ o: Object, _ index: Int, _ value: Object?) -> Bool {
    o.setExceptionField(index, steal: value?.retained())
    return true
  }
}

private func addBaseExceptionMethods(_ t: ThreadState, _ type: TypeObject) {
  addGetSet(
    t, type, "args",
    getter: UnaryFunction { _, o in (o.exception.pointee.arguments ?? core.pointee.emptyTuple).retained() },
    setter: StoreFunction { t, o, _, value in
      guard let value else { return deletionError(t, "args may not be deleted") }
      guard let tuple = makeTuple(t, from: value) else { return false }
      let old = o.exception.pointee.arguments
      o.exception.pointee.arguments = tuple
      storedField(o, old, tuple)
      old.release()
      return true
    })
  addGetSet(
    t, type, "__traceback__",
    getter: UnaryFunction { _, o in (o.exception.pointee.traceback ?? core.pointee.none).retained() },
    setter: StoreFunction { t, o, _, value in
      guard let value else { return deletionError(t, "__traceback__ may not be deleted") }
      guard value == core.pointee.none || value.isKind(.traceback) else {
        t.raise(.TypeError, "__traceback__ must be a traceback or None")
        return false
      }
      setExceptionTraceback(o, steal: value == core.pointee.none ? nil : value.retained())
      return true
    })
  addGetSet(
    t, type, "__context__",
    getter: UnaryFunction { _, o in (o.exception.pointee.context ?? core.pointee.none).retained() },
    setter: StoreFunction { t, o, _, value in
      guard let value else { return deletionError(t, "__context__ may not be deleted") }
      guard value == core.pointee.none || value.isException else {
        t.raise(.TypeError, "exception context must be None or derive from BaseException")
        return false
      }
      setExceptionContext(o, steal: value == core.pointee.none ? nil : value.retained())
      return true
    })
  addGetSet(
    t, type, "__cause__", getter: UnaryFunction { _, o in (o.exception.pointee.cause ?? core.pointee.none).retained() },
    setter: StoreFunction { t, o, _, value in
      guard let value else { return deletionError(t, "__cause__ may not be deleted") }
      guard value == core.pointee.none || value.isException else {
        t.raise(.TypeError, "exception cause must be None or derive from BaseException")
        return false
      }
      setExceptionCause(o, steal: value == core.pointee.none ? nil : value.retained())
      return true
    })
  addGetSet(
    t, type, "__suppress_context__", getter: UnaryFunction { _, o in makeBool(o.exception.pointee.suppressesContext) },
    setter: StoreFunction { t, o, _, value in
      guard let value else { return deletionError(t, "can't delete numeric/char attribute") }
      let truth = isTrue(t, value)
      o.exception.pointee.suppressesContext = truth == 1
      return truth >= 0
    })
  addGetSet(
    t, type, "__dict__",
    getter: UnaryFunction { _, o in
      if o.exception.pointee.dict == nil {
        let dict = makeDict()
        o.exception.pointee.dict = dict
        storedField(o, nil, dict)
      }
      return o.exception.pointee.dict?.retained()
    },
    setter: StoreFunction { t, o, _, value in
      guard let value, value.isKind(.dict) else { return deletionError(t, "__dict__ must be set to a dictionary") }
      let old = o.exception.pointee.dict
      o.exception.pointee.dict = value.retained()
      storedField(o, old, value)
      old.release()
      return true
    })
  addMethods(
    t, type,
    [
      NativeMethod(
        "with_traceback", .oneArgument,
        NativeFunction { t, o, arguments in
          let value = arguments[0]
          guard value == core.pointee.none || value.isKind(.traceback) else {
            return t.raise(.TypeError, "__traceback__ must be a traceback or None")
          }
          setExceptionTraceback(o, steal: value == core.pointee.none ? nil : value.retained())
          return o.retained()
        }, doc: "Exception.with_traceback(tb) -- set self.__traceback__ to tb and return self."),
      NativeMethod(
        "add_note", .oneArgument,
        NativeFunction { t, o, arguments in
          let note = arguments[0]
          guard note.isKind(.str) else {
            return t.raise(.TypeError, "note must be a str, not '\(note.typeName)'")
          }
          let name = internString("__notes__")
          if let notes = getAttribute(t, o, name) {
            defer { notes.release() }
            guard notes.isKind(.list) else { return t.raise(.TypeError, "Cannot add note: __notes__ is not a list") }
            listAppend(t, notes, note)
            return core.pointee.none.retained()
          }
          guard t.matches(.AttributeError) else { return nil }
          t.clearRaised()
          let notes = makeList([note.retained()])
          defer { notes.release() }
          return setAttribute(t, o, name, notes) ? core.pointee.none.retained() : nil
        }, doc: "Exception.add_note(note) -- add a note to the exception"),
      NativeMethod(
        "__reduce__", .noArguments,
        NativeFunction { t, o, _ in
          let arguments = (o.exception.pointee.arguments ?? core.pointee.emptyTuple).retained()
          var parts = [o.type.object.retained(), arguments]
          if let dict = o.exception.pointee.dict { parts.append(dict.retained()) }
          return makeTuple(parts)
        }, doc: ""),
      NativeMethod(
        "__setstate__", .oneArgument,
        NativeFunction { t, o, arguments in
          let state = arguments[0]
          if state == core.pointee.none { return core.pointee.none.retained() }
          guard state.isKind(.dict) else { return t.raise(.TypeError, "state is not a dictionary") }
          var position = 0
          var key = core.pointee.none
          var value = core.pointee.none
          while dictNext(state, &position, &key, &value) {
            // The key's hash may run code that empties the dict.
            key.retain()
            value.retain()
            defer {
              key.release()
              value.release()
            }
            guard setAttribute(t, o, key, value) else { return nil }
          }
          return core.pointee.none.retained()
        }, doc: ""),
    ])
}

private func addUnicodeFields(_ t: ThreadState, _ type: TypeObject) {
  addField(t, type, "encoding", 0)
  addField(t, type, "object", 1)
  addField(t, type, "reason", 2)
  addGetSet(
    t, type, "start", getter: UnaryFunction { _, o in makeInt(o.exception.pointee.numbers.0) },
    setter: StoreFunction { t, o, _, value in
      guard let value, let number = intValue(t, value) else { return false }
      o.exception.pointee.numbers.0 = number
      return true
    })
  addGetSet(
    t, type, "end", getter: UnaryFunction { _, o in makeInt(o.exception.pointee.numbers.1) },
    setter: StoreFunction { t, o, _, value in
      guard let value, let number = intValue(t, value) else { return false }
      o.exception.pointee.numbers.1 = number
      return true
    })
}

/// Raises TypeError and answers "failed", for setters.
func deletionError(_ t: ThreadState, _ message: String) -> Bool {
  t.raise(.TypeError, message)
  return false
}
