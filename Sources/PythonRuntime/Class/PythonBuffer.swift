// `__buffer__` and `__release_buffer__` of Python classes (PEP 688): a class shows the memory of another object, as a memoryview that it returns.
//
// Such an object has no memory of its own to look at, so its slot answers nothing: who wants its bytes acquires the memoryview, reads that, and gives it back.

public enum PythonBuffer {
  /// The slot of a class whose `__buffer__` is Python's.
  static let dispatcher = BufferFunction { _, _, _ in nil }

  /// What CPython asks for, by what it is needed for: bytes alone; bytes to be written to; everything, read-only too.
  public static let simple = 0
  public static let writable = 1
  public static let full = 0x11C

  /// Whether the object shows memory through a `__buffer__` in Python.
  public static func isDispatched(_ o: Object) -> Bool {
    o.type.flags.contains(.heapType) && o.type.pointer.pointee.buffer?.code == dispatcher.code
  }

  /// The memoryview that `__buffer__` gives, new reference; nil: an exception is set. Goes back by `giveBack`.
  public static func acquire(_ t: ThreadState, _ o: Object, _ flags: Int) -> Object? {
    guard let method = lookupSpecial(t, o, Special.buffer) else { return nil }
    defer { method.release() }
    let number = makeInt(flags)
    defer { number.release() }
    guard let view = call1(t, method, number) else { return nil }
    guard view.isKind(.memoryview) else {
      view.release()
      return t.raise(.TypeError, "__buffer__ returned non-memoryview object")
    }
    guard view.viewLayout.pointee.source != nil else {
      view.release()
      return t.raise(.ValueError, "operation forbidden on released memoryview object")
    }
    guard flags & writable == 0 || !view.viewLayout.pointee.readOnly else {
      view.release()
      return t.raise(.BufferError, "memoryview: underlying buffer is not writable")
    }
    return view
  }

  /// Tells the object that nobody looks at the view any more. Takes over the reference. An exception that is set stays.
  public static func giveBack(_ t: ThreadState, _ o: Object, _ view: Object) {
    defer { view.release() }
    // A native type's own releases what it showed itself: nothing here.
    guard let found = typeLookup(t, o.type, Special.releaseBuffer), found.type != core.pointee.types.methodDescriptor
    else { return }
    let raised = t.takeRaised()
    if let method = lookupSpecial(t, o, Special.releaseBuffer) {
      if let result = call1(t, method, view) { result.release() }
      method.release()
    }
    if t.hasRaised {
      writeUnraisable(t, nil, message: "Exception ignored in __release_buffer__ of \(o.typeName)")
    }
    t.setRaised(steal: raised)
  }

  // MARK: - Of native types

  /// The flags of a call of `__buffer__`; nil: an exception is set.
  public static func flags(_ t: ThreadState, _ o: Object) -> Int? {
    guard let number = index(t, o) else { return nil }
    defer { number.release() }
    guard let flags = number.wordValue, flags <= Int(Int32.max) else {
      t.raise(.OverflowError, "buffer flags too large")
      return nil
    }
    return flags
  }

  /// `native.__buffer__(flags)`.
  static func view(_ t: ThreadState, _ type: TypeObject, _ o: Object, _ flags: Int) -> Object? {
    guard let shown = type.pointer.pointee.buffer?.call(t, o, 0) else { return nil }
    guard flags & writable == 0 || !shown.readOnly else { return t.raise(.BufferError, "Object is not writable.") }
    return makeMemoryView(
      t, o, base: shown.base?.assumingMemoryBound(to: UInt8.self), count: shown.count, stride: shown.itemSize,
      itemSize: shown.itemSize, format: shown.format, readOnly: shown.readOnly)
  }

  /// `native.__release_buffer__(view)`.
  public static let releaseMethod = NativeMethod("__release_buffer__", .oneArgument) { t, o, a in
    guard a[0].isKind(.memoryview) else { return t.raise(.TypeError, "expected a memoryview object") }
    let source = a[0].viewLayout.pointee.source
    guard source != nil else { return core.pointee.none }
    guard source == o else { return t.raise(.ValueError, "memoryview's buffer is not this object") }
    memoryViewRelease(a[0])
    return core.pointee.none
  }
}
