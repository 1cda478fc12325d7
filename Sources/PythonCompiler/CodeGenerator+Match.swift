import PythonBytecode
import PythonSyntax

extension CodeGenerator {
  func visitMatch(_ subject: Expression, _ cases: [MatchCase]) throws(CompileError) {
    throw error("match statements are not supported yet", subject.span)
  }
}
