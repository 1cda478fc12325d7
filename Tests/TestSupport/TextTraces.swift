// Text traces as tests use them: found beside the sources, assembled into a temporary file, opened as a session.

import Glibc
import TraceFormat
import TraceReplay

public enum TextTraces {
  /// Paths of the `.txt` files of `folder` in the repository, sorted.
  public static func files(_ folder: String) -> [String] {
    let path = "\(TestFiles.root)/\(folder)"
    return TestFiles.names(path).filter { $0.hasSuffix(".txt") }.map { "\(path)/\($0)" }
  }

  /// Assembles the text and opens it; the file is gone as soon as it is open.
  public static func session(_ text: [UInt8], name: String, stream: UInt32? = nil) throws -> TraceSession {
    let folder = TestFolder()
    let path = folder.file("\(name).exv")
    try TextReader.assemble(text, textPath: name, outputPath: path, force: true)
    return try TraceSession(path: path, stream: stream)
  }

  public static func session(file path: String, stream: UInt32? = nil) throws -> TraceSession {
    let name = path.split(separator: "/").last.map { String($0.dropLast(4)) } ?? "text"
    return try session(TestFiles.read(path), name: name, stream: stream)
  }

  /// The small trace of every sort of event that breaks no law.
  public static func sound() throws -> TraceSession { try session(file: "\(TestFiles.root)/traces/lawful/sound.txt") }

  /// The begin of a trace in which `sys.modules` (object 16) holds the module `__main__` (32), whose dict is 48. Strings 1 to 6 and types 1 (dict),
  /// 2 (module) and 3 (the program's class Foo) are defined.
  public static let mainModule = """
    @exuvia 0.1
    @header flags=0 level=links wall=0 monotonic=0 pid=0
    defineString id=1 text="dict"
    defineString id=2 text="module"
    defineString id=3 text="__main__"
    defineString id=4 text="a"
    defineString id=5 text="Foo"
    defineString id=6 text="__dict__"
    defineType id=1 name=1
    defineType id=2 name=2
    defineType id=3 name=5 module=3 origin=program
    alloc type=1 object=16 size=64
    alloc type=2 object=32 size=64
    alloc type=1 object=48 size=64
    store holder=16 field=key:3 old=0 new=32
    store holder=32 field=internalField:6 old=0 new=48

    """
}
