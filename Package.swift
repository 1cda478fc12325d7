// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors where `tools/test` builds the tests, with all targets; a newer compiler's warning does not break a user's build.
let strictness: [SwiftSetting] =
  Context.environment["EXUVIA_STRICT"] == nil ? [] : [.treatAllWarnings(as: .error)]

/// A section for each function: the linker leaves out what nobody calls, and lays beside each other what runs together.
let sections: [SwiftSetting] = [.unsafeFlags(["-Xfrontend", "-function-sections"])]

/// Settings of every Swift target.
let common: [SwiftSetting] = [.swiftLanguageMode(.v6)] + sections + strictness

/// The Python half shares its heap between threads under the GIL, which Swift's concurrency checker cannot see. Its global state is
/// plain words that no access overlaps by nesting; checking that at run time cost 10 % of a recorded run.
let underTheGIL: [SwiftSetting] =
  [
    .swiftLanguageMode(.v5),
    .unsafeFlags([
      "-enforce-exclusivity=unchecked", "-Xllvm", "-align-all-functions=6", "-Xllvm", "-align-all-nofallthru-blocks=5",
    ]),
  ] + sections + strictness

/// Rows of a table are made by objects of classes, a few fields each time: checking at run time that their accesses do not overlap was 8 % of a query.
let rowMakers: [SwiftSetting] = common + [.strictMemorySafety(), .unsafeFlags(["-enforce-exclusivity=unchecked"])]

/// How the program is laid out, so that a process maps few of its pages and starts fast (tools/bench memory): the functions that every
/// run calls beside each other (tools/make-link-order), C libraries linked in where tools/build found them, no table of names for others to link to.
let layout = [
  "-use-ld=lld", "-L\(Context.packageDirectory)/.build/static", "-Xclang-linker", "-static-libgcc", "-Xlinker", "-z",
  "-Xlinker", "pack-relative-relocs", "-Xlinker", "--no-export-dynamic", "-Xlinker", "--no-warn-symbol-ordering",
  "-Xlinker", "--symbol-ordering-file=\(Context.packageDirectory)/tools/link-order.txt",
]

let package = Package(
  name: "exuvia",
  products: [.executable(name: "exuvia", targets: ["exuvia"])],
  dependencies: [.package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")],
  targets: [
    // The trace half.
    .target(name: "TraceModel", swiftSettings: common),
    .target(
      name: "EventRing", dependencies: ["TraceModel", "CRuntimeSupport"],
      swiftSettings: common + [.strictMemorySafety()]),
    .target(
      name: "TraceFormat", dependencies: ["TraceModel", "CCodec", "CZstd"],
      swiftSettings: common + [.strictMemorySafety()]),
    .target(
      name: "TraceRecorder", dependencies: ["EventRing", "TraceFormat", "TraceModel", "CRuntimeSupport"],
      swiftSettings: common + [.strictMemorySafety()]),
    .target(
      name: "TraceReplay", dependencies: ["TraceFormat", "TraceModel"], swiftSettings: common + [.strictMemorySafety()]),
    .target(
      name: "TraceAnalysis", dependencies: ["TraceReplay", "TraceModel"],
      swiftSettings: common + [.strictMemorySafety()]),
    .target(
      name: "TraceQuery", dependencies: ["TraceAnalysis", "TraceReplay", "TraceModel", "CSQLite"],
      swiftSettings: rowMakers),
    .target(
      name: "TraceExport", dependencies: ["TraceQuery", "TraceAnalysis", "TraceReplay", "TraceModel"],
      swiftSettings: common + [.strictMemorySafety()]),
    // The Python half.
    .target(name: "PythonSyntax", swiftSettings: common),
    .target(name: "PythonBytecode", swiftSettings: common),
    .target(name: "PythonCompiler", dependencies: ["PythonSyntax", "PythonBytecode"], swiftSettings: common),
    .target(
      name: "PythonRuntime", dependencies: ["PythonBytecode", "TraceModel", "EventRing", "CRuntimeSupport"],
      swiftSettings: underTheGIL),
    .target(
      name: "PythonTypes",
      dependencies: ["PythonRuntime", "PythonBytecode", "TraceModel", "EventRing", "CRuntimeSupport", "CGMP"],
      swiftSettings: underTheGIL),
    .target(
      name: "PythonModules",
      dependencies: [
        "PythonTypes", "PythonRuntime", "PythonBytecode", "PythonSyntax", "PythonCompiler", "TraceModel", "EventRing",
        "CRuntimeSupport", "CGMP", "CZlib",
      ], swiftSettings: underTheGIL),
    // The command line.
    .target(
      name: "TraceCommands",
      dependencies: [
        "TraceModel", "EventRing", "TraceFormat", "TraceRecorder", "TraceReplay", "TraceAnalysis", "TraceQuery",
        "TraceExport", "PythonSyntax", "PythonBytecode", "PythonCompiler", "PythonRuntime", "PythonTypes",
        "PythonModules",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: common),
    .executableTarget(
      name: "TraceGenerator", dependencies: ["TraceFormat", "TraceModel"], path: "tools/generate", swiftSettings: common
    ),
    .executableTarget(
      name: "exuvia", dependencies: ["TraceCommands"], swiftSettings: common,
      linkerSettings: [.unsafeFlags(layout)]),
    // The program that tests of the recorder record.
    .executableTarget(
      name: "RingProgram", dependencies: ["TraceRecorder", "EventRing", "TraceModel", "CRuntimeSupport"],
      path: "Tests/RingProgram", swiftSettings: common),
    // What asks the commands about damaged traces, each in a process of its own, without a process start for each.
    .executableTarget(
      name: "DamageProgram", dependencies: ["TraceCommands", "CRuntimeSupport"], path: "Tests/DamageProgram",
      swiftSettings: common),
    // Folders, files and text traces of tests.
    .target(
      name: "TestSupport", dependencies: ["TraceFormat", "TraceReplay"], path: "Tests/TestSupport",
      swiftSettings: common),
    .testTarget(
      name: "TraceRecorderTests",
      dependencies: ["TraceRecorder", "EventRing", "TraceFormat", "TraceModel", "RingProgram", "TestSupport"],
      swiftSettings: common),
    .testTarget(name: "PythonSyntaxTests", dependencies: ["PythonSyntax"], swiftSettings: common),
    .testTarget(
      name: "PythonCompilerTests", dependencies: ["PythonCompiler", "PythonBytecode", "PythonSyntax"],
      exclude: ["Programs"], swiftSettings: common),
    .testTarget(
      name: "TraceFormatTests", dependencies: ["TraceFormat", "TraceModel", "CZstd", "TestSupport"],
      swiftSettings: common),
    .testTarget(
      name: "TraceReplayTests",
      dependencies: ["TraceReplay", "TraceAnalysis", "TraceExport", "TraceFormat", "TraceModel", "TestSupport"],
      swiftSettings: common),
    .testTarget(
      name: "TraceQueryTests", dependencies: ["TraceQuery", "TraceReplay", "TestSupport"], swiftSettings: common),
    .testTarget(
      name: "TraceExportTests", dependencies: ["TraceExport", "TraceAnalysis", "TraceReplay", "TestSupport"],
      swiftSettings: common),
    // What Swift cannot say.
    .systemLibrary(name: "CCodec"),
    .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CGMP", providers: [.apt(["libgmp-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
    .target(name: "CRuntimeSupport"),
  ]
)
