// The text of an exception as CPython 3.13 prints it: frames with source lines and carets, causes and contexts, notes, groups, syntax errors.
import PythonBytecode

/// Collects the text; nothing is written here.
struct TracebackText {
  let t: ThreadState
  var lines: [String] = []
  private var seen: Set<Object> = []
  /// In a group: what stands before each line.
  private var indent = ""
  private var groupDepth = 0
  private var needsClose = false

  /// Unraisable errors are shown without carets.
  let showsCarets: Bool

  init(_ t: ThreadState, showsCarets: Bool = true) {
    self.t = t
    self.showsCarets = showsCarets
  }

  static let causeText = "The above exception was the direct cause of the following exception:"
  static let contextText = "During handling of the above exception, another exception occurred:"

  private mutating func add(_ text: String, margin: String = "|") {
    if groupDepth == 0 {
      lines.append(text)
    } else {
      lines.append(text.isEmpty ? "\(indent)\(margin)" : "\(indent)\(margin) \(text)")
    }
  }

  mutating func append(_ exception: Object) {
    // 1. The chain, oldest first.
    var chain: [(Object, String?)] = []
    var current: Object? = exception
    var joint: String?
    while let o = current {
      chain.append((o, joint))
      seen.insert(o)
      let p = o.exception
      if let cause = p.pointee.cause, !seen.contains(cause) {
        (current, joint) = (cause, Self.causeText)
      } else if p.pointee.cause == nil, let context = p.pointee.context, !p.pointee.suppressesContext,
        !seen.contains(context)
      {
        (current, joint) = (context, Self.contextText)
      } else {
        current = nil
      }
    }
    // 2. Each with its traceback.
    for (i, link) in chain.enumerated().reversed() {
      appendOne(link.0)
      if i > 0, let joint = chain[i].1 {
        add("")
        add(joint)
        add("")
      }
    }
  }

  private mutating func appendOne(_ exception: Object) {
    guard exception.isExceptionGroup else {
      if let traceback = exception.exception.pointee.traceback {
        add("Traceback (most recent call last):")
        appendFrames(traceback)
      }
      appendOnly(exception)
      return
    }
    if groupDepth > 10 {
      add("... (max_group_depth is 10)")
      return
    }
    let isTop = groupDepth == 0
    if isTop {
      groupDepth = 1
      indent = "  "
    }
    if let traceback = exception.exception.pointee.traceback {
      lines.append(
        isTop
          ? "\(indent)+ Exception Group Traceback (most recent call last):"
          : "\(indent)| Exception Group Traceback (most recent call last):")
      appendFrames(traceback)
    }
    appendOnly(exception)
    appendMembers(exception)
    if isTop {
      groupDepth = 0
      indent = ""
    }
  }

  private mutating func appendMembers(_ exception: Object) {
    guard let members = exception.exceptionFields[ExceptionField.groupMembers] else { return }
    let count = members.tupleCount
    let shown = min(count, 15)
    needsClose = false
    let outer = indent
    for i in 0..<(shown < count ? shown + 1 : shown) {
      let isLast = i == (shown < count ? shown : shown - 1)
      if isLast { needsClose = true }
      let label = i < shown ? "\(i + 1)" : "..."
      lines.append("\(outer)\(i == 0 ? "+-" : "  ")+---------------- \(label) ----------------")
      indent = outer + "  "
      groupDepth += 1
      if i < shown {
        append(members.tupleItems[i])
      } else {
        let rest = count - shown
        add("and \(rest) more exception\(rest == 1 ? "" : "s")")
      }
      if isLast, needsClose {
        lines.append("\(indent)+------------------------------------")
        needsClose = false
      }
      groupDepth -= 1
      indent = outer
    }
  }

  // MARK: - Frames

  private mutating func appendFrames(_ traceback: Object) {
    var link: Object? = traceback
    var last: (String, Int, String)?
    var repeats = 0
    while let here = link {
      link = here.tracebackLayout.pointee.next
      let frame = here.tracebackLayout.pointee.frame.shownFrame
      let c = frame.code.codeLayout
      let file = stringValue(c.pointee.fileName)
      let name = stringValue(c.pointee.name)
      let line = here.tracebackLine
      if let last, last == (file, line, name) {
        repeats += 1
        if repeats > 3 { continue }
      } else {
        appendRepeats(repeats)
        repeats = 1
        last = (file, line, name)
      }
      add("  File \"\(file)\", line \(line), in \(name)")
      let word = here.tracebackLayout.pointee.instruction
      let place = showsCarets ? frame.code.compiledCode.position(at: UInt32(max(0, word))) : .none
      for text in SourceExcerpt.lines(file: file, line: line, place: place) { add(text) }
    }
    appendRepeats(repeats)
  }

  private mutating func appendRepeats(_ count: Int) {
    guard count > 3 else { return }
    let more = count - 3
    add("  [Previous line repeated \(more) more time\(more > 1 ? "s" : "")]")
  }

  // MARK: - The last lines

  /// `module.Type: text`, notes, the place of a syntax error.
  private mutating func appendOnly(_ exception: Object) {
    let name = qualifiedTypeName(exception.type)
    if exception.exceptionFamily == .SyntaxError {
      appendSyntaxError(exception, name)
    } else {
      var text = textForLine(exception)
      if !text.isEmpty || exception.exceptionFamily == .NameError {
        text += Suggestions.hint(t, exception, frame: innermostFrame(exception))
      }
      if t.hasRaised { t.clearRaised() }
      for line in (text.isEmpty ? name : "\(name): \(text)").split(separator: "\n", omittingEmptySubsequences: false) {
        add(String(line))
      }
    }
    appendNotes(exception)
  }

  private func textForLine(_ exception: Object) -> String {
    guard let text = str(t, exception) else {
      t.clearRaised()
      return "<exception str() failed>"
    }
    defer { text.release() }
    return stringValue(text)
  }

  private func innermostFrame(_ exception: Object) -> Frame? {
    var link = exception.exception.pointee.traceback
    var frame: Frame?
    while let here = link {
      frame = here.tracebackLayout.pointee.frame.shownFrame
      link = here.tracebackLayout.pointee.next
    }
    return frame
  }

  private mutating func appendNotes(_ exception: Object) {
    var failed = false
    guard let notes = findAttribute(t, exception, internString("__notes__"), failed: &failed) else {
      if failed { t.clearRaised() }
      return
    }
    defer { notes.release() }
    guard notes.isKind(.list) || notes.isKind(.tuple) else {
      add(reprText(t, notes))
      return
    }
    guard let list = makeList(t, from: notes) else {
      t.clearRaised()
      return
    }
    defer { list.release() }
    for i in 0..<list.listCount {
      for line in textOf(t, list.listItems[i]).split(separator: "\n", omittingEmptySubsequences: false) {
        add(String(line))
      }
    }
  }

  private mutating func appendSyntaxError(_ exception: Object, _ name: String) {
    let fields = exception.exceptionFields
    func number(_ index: Int) -> Int? {
      fields[index].flatMap { $0.isKind(.int) ? $0.wordValue : nil }
    }
    let message = fields[ExceptionField.syntaxMessage].map { textOf(t, $0) } ?? "<no detail available>"
    if let line = number(ExceptionField.line) {
      let file =
        fields[ExceptionField.syntaxFile].flatMap { $0 == core.pointee.none ? nil : textOf(t, $0) } ?? "<string>"
      add("  File \"\(file)\", line \(line)")
      if let textObject = fields[ExceptionField.text], textObject.isKind(.str) {
        appendSyntaxLine(stringValue(textObject), line: line, number)
      }
    }
    add("\(name): \(message)")
  }

  private mutating func appendSyntaxLine(_ text: String, line: Int, _ number: (Int) -> Int?) {
    var shown = text
    while let last = shown.last, last.isNewline { shown.removeLast() }
    let stripped = shown.drop { $0 == " " || $0 == "\t" || $0 == "\u{c}" }
    let removed = shown.count - stripped.count
    add("    \(stripped)")
    guard let offset = number(ExceptionField.offset), offset >= 1 else { return }
    var endOffset = number(ExceptionField.endOffset) ?? offset
    if let endLine = number(ExceptionField.endLine), endLine > line { endOffset = shown.count + 1 }
    if endOffset <= 0 || endOffset == offset { endOffset = offset + 1 }
    let start = offset - 1 - removed
    let end = endOffset - 1 - removed
    guard start >= 0 else { return }
    let blanks = stripped.prefix(start).map { $0.isWhitespace ? $0 : " " }
    add(
      "    \(String(blanks))\(String(repeating: " ", count: start - blanks.count))\(String(repeating: "^", count: max(end - start, 1)))"
    )
  }
}

/// `module.Name` of a class, without `builtins` and `__main__`.
func qualifiedTypeName(_ type: TypeObject) -> String {
  let t = currentThread()
  let name = type.pointer.pointee.qualifiedName.map(stringValue) ?? type.nameText
  guard type.flags.contains(.heapType) else { return name }
  var failed = false
  guard let module = findAttribute(t, type.object, internString("__module__"), failed: &failed) else {
    if failed { t.clearRaised() }
    return name
  }
  defer { module.release() }
  guard module.isKind(.str) else { return "<unknown>.\(name)" }
  let text = stringValue(module)
  return text == "builtins" || text == "__main__" ? name : "\(text).\(name)"
}

/// The last part of a class's name, as exceptions show it in their repr.
func shortTypeName(_ type: TypeObject) -> String { type.nameText }

/// The traceback and message of an exception as lines without newlines.
public func exceptionText(_ t: ThreadState, _ exception: Object, showsCarets: Bool = true) -> [String] {
  var text = TracebackText(t, showsCarets: showsCarets)
  text.append(exception)
  return text.lines
}

/// Prints an exception to `sys.stderr`, or to descriptor 2 when there is none.
public func printException(_ t: ThreadState, _ exception: Object) {
  let saved = t.takeRaised()
  writeError(t, exceptionText(t, exception).joined(separator: "\n") + "\n")
  t.setRaised(steal: saved)
}
