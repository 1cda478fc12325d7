// The start-up steps of the types that belong to the interpreter: functions, code, frames, generators, tracebacks, exceptions.

public enum RuntimeTypes {
  /// Slots, sizes and flags; before the types are made ready and before any instance exists.
  public static func configure() {
    FunctionTypes.configure()
    CodeSlots.configure()
    FrameObjectSlots.configure()
    TracebackSlots.configure()
    GeneratorTypes.configure()
    WeakrefTypes.configure()
    let types = core.pointee.types
    for type in [
      types.function, types.cell, types.method, types.generator, types.coroutine, types.asyncGenerator,
    ] { type.pointer.pointee.flags.insert(.nestsDeeply) }
  }

  /// Methods and attributes; once the types are ready. Then the exception classes.
  public static func install(_ t: ThreadState) {
    FunctionTypes.addAttributes(t)
    CodeSlots.addAttributes(t)
    FrameObjectSlots.addAttributes(t)
    TracebackSlots.addAttributes(t)
    GeneratorTypes.addAttributes(t)
    WeakrefTypes.addAttributes(t)
  }
}
