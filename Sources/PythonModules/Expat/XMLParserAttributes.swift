// The attributes of an XML parser: handlers, switches, and places. They have names of their own, so they are looked up by name.
import PythonRuntime
import PythonTypes

enum XMLParserAttributes {
  static func add(_ t: ThreadState, _ type: TypeObject) {
    type.pointer.pointee.getAttribute = BinaryFunction { t, o, name in
      if name.isKind(.str), let value = get(t, o, stringValue(name)) { return value }
      return core.pointee.types.object.pointer.pointee.getAttribute?.call(t, o, name)
    }
    type.pointer.pointee.setAttribute = StoreFunction { t, o, name, value in
      guard name.isKind(.str), let done = set(t, o, stringValue(name), value) else {
        return core.pointee.types.object.pointer.pointee.setAttribute?.call(t, o, name, value) ?? false
      }
      return done
    }
  }

  /// nil without an exception: no attribute of ours.
  private static func get(_ t: ThreadState, _ o: Object, _ name: String) -> Object? {
    guard let state = XMLParserObject.state(o), let handlers = XMLParserObject.layout(o).pointee.handlers else {
      return nil
    }
    if name == "intern" || XMLParserObject.handlerNames.contains(name) {
      return (dictGet(t, handlers, name) ?? core.pointee.none).retained()
    }
    let scanner = state.scanner
    let isFailed = state.errorCode != 0
    let place = isFailed ? (state.errorPlace.line, state.errorPlace.column) : scanner.place(scanner.eventStart)
    let byte = isFailed ? state.errorPlace.byte : scanner.cutBytes + scanner.eventStart
    switch name {
    case "ErrorCode": return makeInt(state.errorCode)
    case "ErrorLineNumber", "CurrentLineNumber": return makeInt(place.0)
    case "ErrorColumnNumber", "CurrentColumnNumber": return makeInt(place.1)
    case "ErrorByteIndex", "CurrentByteIndex": return makeInt(byte)
    case "buffer_text": return makeBool(state.buffersText)
    case "buffer_size": return makeInt(state.bufferSize)
    case "buffer_used": return makeInt(state.buffered.utf8.count)
    case "ordered_attributes": return makeBool(state.ordersAttributes)
    case "specified_attributes": return makeBool(state.specifiedAttributes)
    case "namespace_prefixes": return makeBool(state.namespacePrefixes)
    default: return nil
    }
  }

  /// nil: no attribute of ours. False: an exception is set.
  private static func set(_ t: ThreadState, _ o: Object, _ name: String, _ value: Object?) -> Bool? {
    guard let state = XMLParserObject.state(o), let handlers = XMLParserObject.layout(o).pointee.handlers else {
      return nil
    }
    if XMLParserObject.handlerNames.contains(name) {
      guard let value else { return t.fail(.RuntimeError, "Cannot delete attribute") }
      // Text that is kept together goes to the handler that it came under.
      guard name != "CharacterDataHandler" || XMLHandlers.flush(t, o, state) else { return false }
      return dictSet(t, handlers, internString(name), value)
    }
    let switches = ["buffer_text", "ordered_attributes", "specified_attributes", "namespace_prefixes"]
    guard switches.contains(name) || name == "buffer_size" else { return nil }
    guard let value else { return t.fail(.RuntimeError, "Cannot delete attribute") }
    if name == "buffer_size" {
      guard value.isKind(.int) else { return t.fail(.TypeError, "buffer_size must be an integer") }
      guard let size = value.wordValue, size > 0 else {
        return t.fail(.ValueError, "buffer_size must be greater than zero")
      }
      guard XMLHandlers.flush(t, o, state) else { return false }
      state.bufferSize = size
      return true
    }
    let truth = isTrue(t, value)
    if truth < 0 { return false }
    switch name {
    case "buffer_text":
      guard truth == 1 || XMLHandlers.flush(t, o, state) else { return false }
      state.buffersText = truth == 1
    case "ordered_attributes": state.ordersAttributes = truth == 1
    case "specified_attributes": state.specifiedAttributes = truth == 1
    default: state.namespacePrefixes = truth == 1
    }
    return true
  }
}
