// `pwd` and `grp`: users and groups as the system knows them.
import CRuntimeSupport
import Glibc
import PythonRuntime

enum AccountModules {
  nonisolated(unsafe) private static var userType: TypeObject?
  nonisolated(unsafe) private static var groupType: TypeObject?

  static func makeUsers(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "pwd")
    let type = StructSequence.makeType(
      t, module: "pwd", name: "struct_passwd",
      fields: ["pw_name", "pw_passwd", "pw_uid", "pw_gid", "pw_gecos", "pw_dir", "pw_shell"])
    userType = type
    moduleSet(t, module, "struct_passwd", type.object)
    moduleAddFunctions(
      t, module,
      [
        NativeMethod("getpwuid", .oneArgument) { t, _, a in
          guard let id = intValue(t, a[0]) else { return nil }
          guard let found = getpwuid(uid_t(truncatingIfNeeded: id)) else {
            return missing(t, "getpwuid(): uid not found: \(id)")
          }
          return user(t, found.pointee)
        },
        NativeMethod("getpwnam", .oneArgument) { t, _, a in
          guard let name = name(t, a[0], "getpwnam") else { return nil }
          guard let found = getpwnam(name) else {
            return missing(t, "getpwnam(): name not found: \(reprText(t, a[0]))")
          }
          return user(t, found.pointee)
        },
        NativeMethod("getpwall", .noArguments) { t, _, _ in
          let list = makeList()
          setpwent()
          while let found = getpwent() {
            if let one = user(t, found.pointee) { listAppend(list, stealing: one) }
          }
          endpwent()
          return list
        },
      ])
    return module
  }

  static func makeGroups(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "grp")
    let type = StructSequence.makeType(
      t, module: "grp", name: "struct_group", fields: ["gr_name", "gr_passwd", "gr_gid", "gr_mem"])
    groupType = type
    moduleSet(t, module, "struct_group", type.object)
    moduleAddFunctions(
      t, module,
      [
        NativeMethod("getgrgid", .oneArgument) { t, _, a in
          guard let id = intValue(t, a[0]) else { return nil }
          guard let found = getgrgid(gid_t(truncatingIfNeeded: id)) else {
            return missing(t, "getgrgid(): gid not found: \(id)")
          }
          return group(t, found.pointee)
        },
        NativeMethod("getgrnam", .oneArgument) { t, _, a in
          guard let name = name(t, a[0], "getgrnam") else { return nil }
          guard let found = getgrnam(name) else {
            return missing(t, "getgrnam(): name not found: \(reprText(t, a[0]))")
          }
          return group(t, found.pointee)
        },
        NativeMethod("getgrall", .noArguments) { t, _, _ in
          let list = makeList()
          setgrent()
          while let found = getgrent() {
            if let one = group(t, found.pointee) { listAppend(list, stealing: one) }
          }
          endgrent()
          return list
        },
      ])
    return module
  }

  private static func name(_ t: ThreadState, _ o: Object, _ function: String) -> [CChar]? {
    guard o.isKind(.str) else {
      t.raise(.TypeError, "\(function)() argument must be str, not \(argumentTypeName(o))")
      return nil
    }
    return PosixModule.path(t, o, function)
  }

  private static func missing(_ t: ThreadState, _ message: String) -> Object? {
    let text = makeString(message)
    defer { text.release() }
    guard let exception = call1(t, exceptionType(.KeyError).object, text) else { return nil }
    defer { exception.release() }
    return t.raiseObject(exception)
  }

  private static func text(_ pointer: UnsafeMutablePointer<CChar>?) -> Object {
    guard let pointer else { return core.pointee.none.retained() }
    return makeString(fileSystem: [UInt8](UnsafeRawBufferPointer(start: pointer, count: strlen(pointer))))
  }

  private static func user(_ t: ThreadState, _ found: passwd) -> Object? {
    userType.map {
      StructSequence.make(
        t, $0,
        [
          text(found.pw_name), text(found.pw_passwd), makeInt(Int(found.pw_uid)), makeInt(Int(found.pw_gid)),
          text(found.pw_gecos), text(found.pw_dir), text(found.pw_shell),
        ])
    }
  }

  private static func group(_ t: ThreadState, _ found: Glibc.group) -> Object? {
    let members = makeList()
    var i = 0
    while let member = found.gr_mem?[i] {
      listAppend(members, stealing: text(member))
      i += 1
    }
    return groupType.map {
      StructSequence.make(t, $0, [text(found.gr_name), text(found.gr_passwd), makeInt(Int(found.gr_gid)), members])
    }
  }
}
