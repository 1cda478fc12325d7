import PythonBytecode
import PythonSyntax

extension CodeGenerator {
  func visitTypeParameters(_ parameters: [TypeParam]) throws(CompileError) {
    throw error("type parameters are not supported yet", parameters[0].span)
  }
  func visitTypeAlias(
    name target: Expression, typeParams: [TypeParam], value: Expression, at span: SourceSpan
  ) throws(CompileError) {
    throw error("type aliases are not supported yet", span)
  }
}
