// `FileIO`: a descriptor as a raw stream.
import CRuntimeSupport
import Glibc
import PythonRuntime

final class FileState: StreamState {
  var descriptor: Int32
  var closesDescriptor: Bool
  var isReadable: Bool
  var isWritable: Bool
  var appends = false
  var mode: String

  init(descriptor: Int32, closes: Bool, readable: Bool, writable: Bool, mode: String) {
    self.descriptor = descriptor
    closesDescriptor = closes
    isReadable = readable
    isWritable = writable
    self.mode = mode
  }
}

enum FileIO {
  nonisolated(unsafe) static var type = core.pointee.types.object

  static func start(_ t: ThreadState) {
    type = Streams.makeType(t, "FileIO", base: Streams.raw, methods) { p in
      p.pointee.initialize = InitFunction(initialize)
      p.pointee.repr = UnaryFunction { t, o in
        guard let state = Streams.state(t, o, as: FileState.self, open: false) else { return nil }
        if state.isClosed { return makeString("<_io.FileIO [closed]>") }
        let name = state.name.flatMap { reprString(t, $0) } ?? "\(state.descriptor)"
        return makeString(
          "<_io.FileIO name=\(name) mode='\(state.mode)' closefd=\(state.closesDescriptor ? "True" : "False")>")
      }
    }
    addGetSet(
      t, type, "name",
      getter: UnaryFunction { t, o in
        Streams.state(t, o, as: FileState.self, open: false).map { ($0.name ?? core.pointee.none).retained() }
      },
      setter: StoreFunction { t, o, _, value in
        guard let state = Streams.state(t, o, as: FileState.self, open: false) else { return false }
        let old = state.name
        state.name = value?.retained()
        old.release()
        return true
      })
    addGetSet(
      t, type, "mode",
      getter: UnaryFunction { t, o in
        Streams.state(t, o, as: FileState.self, open: false).map { makeString($0.mode) }
      })
    addGetSet(
      t, type, "closefd",
      getter: UnaryFunction { t, o in
        Streams.state(t, o, as: FileState.self, open: false).map { makeBool($0.closesDescriptor) }
      })
  }

  /// A raw stream over an open descriptor.
  static func make(_ t: ThreadState, descriptor: Int32, readable: Bool, writable: Bool, closes: Bool, name: Object)
    -> Object
  {
    let o = allocateZeroed(type)
    track(o)
    let state = FileState(
      descriptor: descriptor, closes: closes, readable: readable, writable: writable,
      mode: readable && writable ? "rb+" : readable ? "rb" : "wb")
    state.name = name.retained()
    Streams.set(o, state)
    return o
  }

  private static func initialize(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Bool {
    guard
      let given = parseArguments(
        t, a, function: "FileIO", names: ["file", "mode", "closefd", "opener"], required: 1), let file = given[0]
    else { return false }
    let mode = given[1].map { $0.isKind(.str) ? stringValue($0) : "" } ?? "r"
    return open(t, o, file, mode, closes: given[2].map { isTrue(t, $0) != 0 } ?? true, opener: given[3])
  }

  /// Opens `file` (a path or a descriptor) with a mode of r, w, a, x, + and b. False: an exception is set.
  static func open(_ t: ThreadState, _ o: Object, _ file: Object, _ mode: String, closes: Bool, opener: Object?) -> Bool
  {
    let kinds = mode.filter { "rwax".contains($0) }
    guard kinds.count == 1, mode.allSatisfy({ "rwax+b".contains($0) }) else {
      t.raise(.ValueError, "Must have exactly one of create/read/write/append mode and at most one plus")
      return false
    }
    let both = mode.contains("+")
    let readable = both || kinds == "r"
    let writable = both || kinds != "r"
    var flags = both ? O_RDWR : readable ? O_RDONLY : O_WRONLY
    switch kinds {
    case "w": flags |= O_CREAT | O_TRUNC
    case "a": flags |= O_CREAT | O_APPEND
    case "x": flags |= O_CREAT | O_EXCL
    default: break
    }
    var descriptor: Int32 = -1
    if file.isKind(.int) {
      guard let value = intValue(t, file) else { return false }
      guard value >= 0 else {
        t.raise(.ValueError, "negative file descriptor")
        return false
      }
      descriptor = Int32(clamping: value)
    } else if let opener, opener != core.pointee.none {
      let number = makeInt(Int(flags | O_CLOEXEC))
      defer { number.release() }
      guard let result = call2(t, opener, file, number) else { return false }
      defer { result.release() }
      guard let value = intValue(t, result) else { return false }
      descriptor = Int32(clamping: value)
    } else {
      guard let path = PosixModule.path(t, file, nil) else { return false }
      while true {
        descriptor = withoutGIL(t, .other) { exuvia_open(path, flags, 0o666) }
        if descriptor >= 0 { break }
        let failure = exuvia_errno()
        guard failure == EINTR else {
          t.raiseOSError(errno: failure, path: file)
          return false
        }
        guard checkSignals(t) else { return false }
      }
    }
    var status = Glibc.stat()
    guard fstat(descriptor, &status) == 0 else {
      t.raiseOSError(errno: exuvia_errno(), path: file)
      return false
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      if !file.isKind(.int) { _ = Glibc.close(descriptor) }
      t.raiseOSError(errno: EISDIR, path: file)
      return false
    }
    let text = kinds == "x" ? "xb" : kinds == "a" ? "ab" : both ? "rb" : kinds + "b"
    let state = FileState(
      descriptor: descriptor, closes: closes, readable: readable, writable: writable, mode: both ? text + "+" : text)
    state.name = file.retained()
    state.appends = kinds == "a"
    Streams.set(o, state)
    if state.appends { _ = lseek(descriptor, 0, SEEK_END) }
    return true
  }

  private static var methods: [NativeMethod] {
    [
      NativeMethod("fileno", .noArguments) { t, o, _ in
        Streams.state(t, o, as: FileState.self).map { makeInt(Int($0.descriptor)) }
      },
      NativeMethod("readable", .noArguments) { t, o, _ in
        Streams.state(t, o, as: FileState.self).map { makeBool($0.isReadable) }
      },
      NativeMethod("writable", .noArguments) { t, o, _ in
        Streams.state(t, o, as: FileState.self).map { makeBool($0.isWritable) }
      },
      NativeMethod("seekable", .noArguments) { t, o, _ in
        Streams.state(t, o, as: FileState.self).map { makeBool(lseek($0.descriptor, 0, SEEK_CUR) >= 0) }
      },
      NativeMethod("isatty", .noArguments) { t, o, _ in
        Streams.state(t, o, as: FileState.self).map { makeBool(Glibc.isatty($0.descriptor) == 1) }
      },
      NativeMethod("read", .positional(0, 1)) { t, o, a in
        guard let state = readable(t, o) else { return nil }
        var count = -1
        if let object = a.optional(0), object != core.pointee.none {
          guard let value = intValue(t, object) else { return nil }
          count = value
        }
        guard let bytes = count < 0 ? readAll(t, state) : PosixDescriptors.readBytes(t, state.descriptor, count) else {
          return nil
        }
        return makeBytes(bytes)
      },
      NativeMethod("readall", .noArguments) { t, o, _ in
        guard let state = readable(t, o), let bytes = readAll(t, state) else { return nil }
        return makeBytes(bytes)
      },
      NativeMethod("readinto", .oneArgument) { t, o, a in IOBase.readInto(t, o, a[0]) },
      NativeMethod("write", .oneArgument) { t, o, a in
        guard let state = Streams.state(t, o, as: FileState.self) else { return nil }
        return Bytes.read(t, a[0]) { bytes in
          guard state.isWritable else { return Streams.unsupported(t, "File not open for writing") }
          let written = PosixDescriptors.writeBytes(
            t, state.descriptor, UnsafeRawBufferPointer(bytes), recordsOutput: true, blockingIsError: false)
          return written == -1 ? nil : written == -2 ? core.pointee.none : makeInt(written)
        }
      },
      NativeMethod("seek", .positional(1, 2)) { t, o, a in
        guard let state = Streams.state(t, o, as: FileState.self), let offset = intValue(t, a[0]) else { return nil }
        let how = a.optional(1).map { clampedIntValue($0) } ?? 0
        let place = lseek(state.descriptor, off_t(offset), Int32(clamping: how))
        return place < 0 ? t.raiseOSError(errno: exuvia_errno()) : makeInt(Int(place))
      },
      NativeMethod("tell", .noArguments) { t, o, _ in
        guard let state = Streams.state(t, o, as: FileState.self) else { return nil }
        let place = lseek(state.descriptor, 0, SEEK_CUR)
        return place < 0 ? t.raiseOSError(errno: exuvia_errno()) : makeInt(Int(place))
      },
      NativeMethod("truncate", .positional(0, 1)) { t, o, a in
        guard let state = Streams.state(t, o, as: FileState.self) else { return nil }
        guard state.isWritable else { return Streams.unsupported(t, "File not open for writing") }
        var size = Int(lseek(state.descriptor, 0, SEEK_CUR))
        if let object = a.optional(0), object != core.pointee.none {
          guard let value = intValue(t, object) else { return nil }
          size = value
        }
        guard ftruncate(state.descriptor, off_t(size)) == 0 else { return t.raiseOSError(errno: exuvia_errno()) }
        return makeInt(size)
      },
      NativeMethod("close", .noArguments) { t, o, _ in
        guard let state = o.stream.pointee.state?.takeUnretainedValue() as? FileState, !state.isClosed else {
          return core.pointee.none
        }
        state.isClosed = true
        guard state.closesDescriptor else { return core.pointee.none }
        return Glibc.close(state.descriptor) == 0 ? core.pointee.none : t.raiseOSError(errno: exuvia_errno())
      },
    ]
  }

  private static func readable(_ t: ThreadState, _ o: Object) -> FileState? {
    guard let state = Streams.state(t, o, as: FileState.self) else { return nil }
    if !state.isReadable {
      Streams.unsupported(t, "File not open for reading")
      return nil
    }
    return state
  }

  static func readAll(_ t: ThreadState, _ state: FileState) -> [UInt8]? {
    var all: [UInt8] = []
    var step = 64 * 1024
    while true {
      guard let piece = PosixDescriptors.readBytes(t, state.descriptor, step) else { return nil }
      if piece.isEmpty { return all }
      all += piece
      step = min(step * 2, 16 << 20)
    }
  }
}
