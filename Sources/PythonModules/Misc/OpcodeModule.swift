// `_opcode`: properties of CPython 3.13's opcode numbers, which the library's `opcode` and `dis` read. Our code has a
// numbering of its own;
// `exuvia dis` shows it.
import PythonRuntime

public enum OpcodeModule {
  private static let constants: Set<Int> = [83, 103, 240]
  private static let names: Set<Int> = [
    63, 66, 67, 74, 75, 82, 90, 91, 92, 93, 108, 113, 114, 192, 202, 205, 206, 211, 259, 260, 261, 262,
  ]
  private static let jumps: Set<Int> = [72, 77, 78, 79, 97, 98, 99, 100, 104, 188, 189, 190, 256, 257]
  private static let frees: Set<Int> = [64, 84, 89, 94, 109]
  private static let locals: Set<Int> = [3, 65, 85, 86, 87, 88, 110, 111, 112, 258, 267]
  private static let exceptions: Set<Int> = [264, 265, 266]
  private static let argumentRanges: [ClosedRange<Int>] = [
    45...118, 149...149, 162...206, 208...208, 211...211, 220...222, 236...236, 240...245, 248...253, 256...262,
    264...267,
  ]

  private static let unaryIntrinsics = [
    "INTRINSIC_1_INVALID", "INTRINSIC_PRINT", "INTRINSIC_IMPORT_STAR", "INTRINSIC_STOPITERATION_ERROR",
    "INTRINSIC_ASYNC_GEN_WRAP", "INTRINSIC_UNARY_POSITIVE", "INTRINSIC_LIST_TO_TUPLE", "INTRINSIC_TYPEVAR",
    "INTRINSIC_PARAMSPEC", "INTRINSIC_TYPEVARTUPLE", "INTRINSIC_SUBSCRIPT_GENERIC", "INTRINSIC_TYPEALIAS",
  ]
  private static let binaryIntrinsics = [
    "INTRINSIC_2_INVALID", "INTRINSIC_PREP_RERAISE_STAR", "INTRINSIC_TYPEVAR_WITH_BOUND",
    "INTRINSIC_TYPEVAR_WITH_CONSTRAINTS", "INTRINSIC_SET_FUNCTION_TYPE_PARAMS", "INTRINSIC_SET_TYPEPARAM_DEFAULT",
  ]
  private static let operators: [(String, String)] = [
    ("ADD", "+"), ("AND", "&"), ("FLOOR_DIVIDE", "//"), ("LSHIFT", "<<"), ("MATRIX_MULTIPLY", "@"), ("MULTIPLY", "*"),
    ("REMAINDER", "%"), ("OR", "|"), ("POWER", "**"), ("RSHIFT", ">>"), ("SUBTRACT", "-"), ("TRUE_DIVIDE", "/"),
    ("XOR", "^"),
  ]

  public static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "_opcode")
    moduleSet(t, module, "ENABLE_SPECIALIZATION", core.pointee.true)
    moduleAddFunctions(
      t, module,
      [
        NativeMethod("has_arg", .oneArgument) { t, _, a in
          intValue(t, a[0]).map { op in makeBool(argumentRanges.contains { $0.contains(op) }) }
        },
        NativeMethod("has_const", .oneArgument) { t, _, a in intValue(t, a[0]).map { makeBool(constants.contains($0)) }
        },
        NativeMethod("has_name", .oneArgument) { t, _, a in intValue(t, a[0]).map { makeBool(names.contains($0)) } },
        NativeMethod("has_jump", .oneArgument) { t, _, a in intValue(t, a[0]).map { makeBool(jumps.contains($0)) } },
        NativeMethod("has_free", .oneArgument) { t, _, a in intValue(t, a[0]).map { makeBool(frees.contains($0)) } },
        NativeMethod("has_local", .oneArgument) { t, _, a in intValue(t, a[0]).map { makeBool(locals.contains($0)) } },
        NativeMethod("has_exc", .oneArgument) { t, _, a in intValue(t, a[0]).map { makeBool(exceptions.contains($0)) }
        },
        NativeMethod("get_intrinsic1_descs", .noArguments) { _, _, _ in makeList(unaryIntrinsics.map { makeString($0) })
        },
        NativeMethod("get_intrinsic2_descs", .noArguments) { _, _, _ in
          makeList(binaryIntrinsics.map { makeString($0) })
        },
        NativeMethod("get_nb_ops", .noArguments) { _, _, _ in
          let plain = operators.map { makeTuple(stealing: makeString("NB_\($0.0)"), makeString($0.1)) }
          let inPlace = operators.map { makeTuple(stealing: makeString("NB_INPLACE_\($0.0)"), makeString($0.1 + "=")) }
          return makeList(plain + inPlace)
        },
        NativeMethod("stack_effect", .keywords) { t, _, _ in
          t.raise(.NotImplementedError, "stack_effect() of CPython's opcodes is not supported")
        },
        NativeMethod("get_executor", .keywords) { t, _, _ in
          t.raise(.RuntimeError, "Executors are not available in this build")
        },
        NativeMethod("get_specialization_stats", .noArguments) { _, _, _ in core.pointee.none },
      ])
    return module
  }
}
