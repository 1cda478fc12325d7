// `import` and `from ... import`.

import PythonBytecode
import PythonSyntax

extension CodeGenerator {
  func visitImport(_ names: [Alias], at position: SourcePosition) throws(CompileError) {
    for alias in names {
      loadConstant(.int(0), at: position)
      loadConstant(.none, at: position)
      emitName(.importName, alias.name, at: position)
      let parts = alias.name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      guard let asName = alias.asname else {
        try name(parts[0], .store, at: position)
        continue
      }
      // `import a.b.c as d` walks from a to c.
      for (index, part) in parts.dropFirst().enumerated() {
        if index > 0 {
          emit(.swap, 2, at: position)
          emit(.popTop, at: position)
        }
        emitName(.importFrom, part, at: position)
      }
      try name(asName, .store, at: position)
      if parts.count > 1 { emit(.popTop, at: position) }
    }
  }

  func visitImportFrom(_ module: String?, _ names: [Alias], _ level: Int, at span: SourceSpan) throws(CompileError) {
    let position = SourcePosition(span)
    if module == "__future__", level == 0, span.line > future.lastLine {
      throw error("from __future__ imports must occur at the beginning of the file", span)
    }
    loadConstant(.int(level), at: position)
    loadConstant(.tuple(names.map { .string(Array($0.name.utf8)) }), at: position)
    emitName(.importName, module ?? "", at: position)
    for alias in names {
      if alias.name == "*" {
        emit(.callIntrinsic1, Intrinsic1.importStar.rawValue, at: position)
        emit(.popTop, at: .none)
        return
      }
      emitName(.importFrom, alias.name, at: position)
      try name(alias.asname ?? alias.name, .store, at: position)
    }
    emit(.popTop, at: position)
  }
}
