// `_ast`: the node classes, and trees of them.
//
// A tree is made from the text that ASTDump writes: that text is an expression whose names are the node classes.
import PythonRuntime
import PythonSyntax

struct NodeLayout {
  var header: ObjectHeader
  var dict: Object?
  var weakrefs: Object?
}

public enum SyntaxModule {
  /// Bits of `compile`'s flags.
  public static let onlyTree = 0x400
  private static let typeComments = 0x1000

  /// `AST`, the root of all node classes.
  private static let root: TypeObject = makeBuiltinType(
    name: "AST", module: "ast", layoutSize: MemoryLayout<NodeLayout>.size, flags: [.container, .baseType]
  ) { p in
    p.pointee.dictOffset = MemoryLayout<NodeLayout>.offset(of: \.dict) ?? 0
    p.pointee.weakrefOffset = MemoryLayout<NodeLayout>.offset(of: \.weakrefs) ?? 0
    p.pointee.flags.remove(.immutable)
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      clearWeakrefs(o)
      take(&o.layout(NodeLayout.self).pointee.dict)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in visit(o.layout(NodeLayout.self).pointee.dict) }
    p.pointee.clear = ObjectAction { o in take(&o.layout(NodeLayout.self).pointee.dict) }
    p.pointee.new = NativeFunction { _, cls, _ in
      let o = allocateZeroed(TypeObject(unchecked: cls))
      track(o)
      return o
    }
    p.pointee.initialize = InitFunction(initialize)
  }

  /// The names of the node classes.
  nonisolated(unsafe) private static var kinds: [TypeObject: String] = [:]

  /// The name of the class of `_ast` that a node is of; nil: it is no node.
  static func kind(of o: Object) -> String? {
    var type = o.type
    while true {
      if let name = kinds[type] { return name }
      guard let base = type.pointer.pointee.base else { return nil }
      type = TypeObject(unchecked: base)
    }
  }

  static func isNode(_ o: Object) -> Bool { isSubtype(o.type, root) }

  /// The dict of the module, kept for making trees.
  nonisolated(unsafe) private static var names: Object?

  public static func make(_ t: ThreadState) -> Object? {
    readyType(t, root)
    addGetSet(t, root, "__dict__", getter: UnaryFunction { t, o in instanceDict(t, o)?.retained() })
    for name in ["_fields", "_attributes", "__match_args__"] { addAttribute(t, root, name, core.pointee.emptyTuple) }
    let module = makeModule(t, "_ast")
    moduleSet(t, module, "AST", root.object)
    moduleSet(t, module, "PyCF_ONLY_AST", stealing: makeInt(onlyTree))
    moduleSet(t, module, "PyCF_TYPE_COMMENTS", stealing: makeInt(typeComments))
    moduleSet(t, module, "PyCF_ALLOW_TOP_LEVEL_AWAIT", stealing: makeInt(0x2000))
    moduleSet(t, module, "PyCF_OPTIMIZED_AST", stealing: makeInt(0x8400))
    for sum in NodeGrammar.sums {
      // A product is its own only constructor.
      let isProduct = sum.constructors.count == 1 && sum.constructors[0].hasPrefix(sum.name + "(")
      var base = root.object
      if !isProduct {
        guard let made = makeClass(t, sum.name, base: root.object, [], position: sum) else { return nil }
        moduleSet(t, module, sum.name, stealing: made)
        base = made
      }
      for text in sum.constructors {
        let (name, fields) = NodeGrammar.parse(text)
        guard let made = makeClass(t, name, base: base, fields, position: isProduct ? sum : nil) else { return nil }
        kinds[TypeObject(unchecked: made)] = name
        moduleSet(t, module, name, stealing: made)
      }
    }
    names = moduleDict(module)?.retained()
    return module
  }

  private static func makeClass(
    _ t: ThreadState, _ name: String, base: Object, _ fields: [NodeGrammar.Field], position: NodeGrammar.Sum?
  ) -> Object? {
    let dict = makeDict()
    defer { dict.release() }
    dictSet(t, dict, "__module__", stealing: makeString("ast"))
    let tuple = makeTuple(fields.map { internString($0.name) })
    defer { tuple.release() }
    dictSet(t, dict, "_fields", tuple)
    dictSet(t, dict, "__match_args__", tuple)
    let lists = makeTuple(fields.filter(\.isList).map { internString($0.name) })
    dictSet(t, dict, "_list_fields", stealing: lists)
    if let context = fields.first(where: { $0.type == "expr_context" }) {
      dictSet(t, dict, "_context_field", stealing: internString(context.name))
    }
    for field in fields where field.isOptional { dictSet(t, dict, field.name, core.pointee.none) }
    if let position {
      let attributes = position.hasPosition ? ["lineno", "col_offset", "end_lineno", "end_col_offset"] : []
      dictSet(t, dict, "_attributes", stealing: makeTuple(attributes.map { internString($0) }))
      if position.endIsOptional {
        for end in ["end_lineno", "end_col_offset"] { dictSet(t, dict, end, core.pointee.none) }
      }
    }
    let nameObject = makeString(name)
    let bases = makeTuple([base.retained()])
    defer {
      nameObject.release()
      bases.release()
    }
    return call3(t, core.pointee.types.type.object, nameObject, bases, dict)
  }

  // MARK: Nodes

  private static func initialize(_ t: ThreadState, _ o: Object, _ a: PythonRuntime.Arguments) -> Bool {
    guard let fields = getAttribute(t, o.type.object, "_fields") else { return false }
    defer { fields.release() }
    guard fields.isKind(.tuple) else { return true }
    let name = o.type.nameText
    guard a.count <= fields.tupleCount else {
      t.raise(
        .TypeError,
        "\(name) constructor takes at most \(fields.tupleCount) positional argument\(fields.tupleCount == 1 ? "" : "s")"
      )
      return false
    }
    for i in 0..<a.count where !setAttribute(t, o, fields.tupleItems[i], a[i]) { return false }
    var given = Set((0..<a.count).map { stringValue(fields.tupleItems[$0]) })
    if let keywords = a.keywordNames {
      for i in 0..<keywords.tupleCount {
        let key = keywords.tupleItems[i]
        guard given.insert(stringValue(key)).inserted else {
          t.raise(.TypeError, "\(name) got multiple values for argument '\(stringValue(key))'")
          return false
        }
        guard setAttribute(t, o, key, a.base[a.count + i]) else { return false }
      }
    }
    return fill(t, o, fields, given)
  }

  /// Fields that were not given: a list is empty, a context is Load, an optional one is the class's None.
  private static func fill(_ t: ThreadState, _ o: Object, _ fields: Object, _ given: Set<String>) -> Bool {
    let lists = typeLookup(t, o.type, internString("_list_fields"))
    let context = typeLookup(t, o.type, internString("_context_field"))
    for i in 0..<fields.tupleCount where !given.contains(stringValue(fields.tupleItems[i])) {
      let field = fields.tupleItems[i]
      if let lists, (0..<lists.tupleCount).contains(where: { lists.tupleItems[$0] == field }) {
        let empty = makeList()
        defer { empty.release() }
        guard setAttribute(t, o, field, empty) else { return false }
      } else if context == field, let names, let load = dictGet(t, names, "Load"), let value = call0(t, load) {
        defer { value.release() }
        guard setAttribute(t, o, field, value) else { return false }
      } else if typeLookup(t, o.type, field) == nil {
        let text =
          "\(o.type.nameText).__init__ missing 1 required positional argument: '\(stringValue(field))'. "
          + "This will become an error in Python 3.15."
        guard warn(t, .DeprecationWarning, text, level: 1) else { return false }
      }
    }
    return true
  }

  // MARK: Trees

  /// The tree of a source text as node objects; nil: an exception is set. `flags`: those of `compile`.
  public static func tree(
    _ t: ThreadState, _ source: [UInt8], fileName: String, mode: CompileMode, flags: Int
  ) -> Object? {
    guard let module = importModule(t, "_ast") else { return nil }
    defer { module.release() }
    guard let names else { return t.raise(.SystemError, "_ast is not there") }
    let text: String
    do throws(SyntaxError) {
      switch mode {
      case .module:
        let tree = try Parser.parseModule(source, fileName: fileName, readsTypeComments: flags & typeComments != 0)
        text = ASTDump.dump(tree, attributes: true)
      case .expression: text = ASTDump.dump(try Parser.parseExpression(source, fileName: fileName), attributes: true)
      case .interactive: text = ASTDump.dump(try Parser.parseInteractive(source, fileName: fileName), attributes: true)
      }
    } catch {
      SourceCompiler.raise(t, error, fileName)
      return nil
    }
    guard let code = SourceCompiler.compile(t, Array(text.utf8), fileName: "<tree>", mode: .expression) else {
      return nil
    }
    defer { code.release() }
    return evaluate(t, code, globals: names, locals: names)
  }
}
