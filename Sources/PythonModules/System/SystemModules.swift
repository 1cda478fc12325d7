// Registers the native modules of this part: memory, threads, time, the system and streams.
import PythonRuntime

/// Once, at start-up.
public func registerSystemModules() {
  registerNativeModule("gc", GCModule.make)
  registerNativeModule("_weakref", WeakrefModule.make)
  registerNativeModule("_thread", ThreadModule.make)
  registerNativeModule("time", TimeModule.make)
  registerNativeModule("sys", SystemModule.make)
  registerNativeModule("posix", PosixModule.make)
  registerNativeModule("_signal", SignalModule.make)
  registerNativeModule("atexit", AtExitModule.make)
  registerNativeModule("errno", ErrnoModule.make)
  registerNativeModule("_io", IOModule.make)
}
