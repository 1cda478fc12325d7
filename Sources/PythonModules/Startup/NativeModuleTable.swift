// The table of all native modules, in one place: what `import` finds before it looks into the library's folders.

/// Fills `NativeModules`; once, before the import system is installed.
enum NativeModuleTable {
  static func registerAll() {
    registerNativeModule("builtins") { t in BuiltinsModule.make(t) }
    registerSystemModules()
    registerNativeModule("_abc") { t in ABCModule.make(t) }
    registerNativeModule("_collections") { t in CollectionsModule.make(t) }
    registerNativeModule("_functools") { t in FunctoolsModule.make(t) }
    registerNativeModule("itertools") { t in ItertoolsModule.make(t) }
    registerNativeModule("_operator") { t in OperatorModule.make(t) }
    registerNativeModule("math") { t in MathModule.make(t) }
    registerNativeModule("_sre") { t in RegexModule.make(t) }
  }
}
