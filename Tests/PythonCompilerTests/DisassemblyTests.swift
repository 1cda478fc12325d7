// The programs in Programs compile to what CPython 3.13 compiles them to, instruction by instruction, with lines, labels and the exception
// table. The expected texts are made by tools/make-compiler-tests.

import PythonBytecode
import Testing

@Suite("Disassembly")
struct DisassemblyTests {
  @Test("each family of the language has its program")
  func programsAreFound() {
    #expect(
      Set(Programs.names).isSuperset(of: [
        "async", "classes", "closures", "comprehensions", "except_star", "fstrings", "generators", "loops", "match",
        "try_finally", "type_parameters", "unpacking", "with",
      ]))
  }

  @Test("a program becomes the instructions that CPython makes of it", arguments: Programs.names)
  func equalsCPython(_ name: String) throws {
    let expected = Programs.read("\(name).dis").split(separator: "\n", omittingEmptySubsequences: false)
    let made = Self.comparable(Disassembler.text(of: try Programs.compile(name)))
    #expect(expected.count > 10, "no expected text: run tools/make-compiler-tests")
    let index = zip(expected, made).enumerated().first { $1.0 != $1.1 }?.offset ?? min(expected.count, made.count)
    #expect(
      index == expected.count && index == made.count,
      """
      \(name).dis:\(index + 1) is \(expected.dropFirst(index).first ?? "the end")
      but the compiler makes \(made.dropFirst(index).first ?? "the end")
      """)
  }

  @Test("the verifier finds nothing wrong", arguments: Programs.names)
  func verifies(_ name: String) throws {
    try Verifier.verify(try Programs.compile(name))
  }

  // MARK: What is compared

  private static let pairs = ["LOAD_FAST_LOAD_FAST", "STORE_FAST_LOAD_FAST", "STORE_FAST_STORE_FAST"]

  /// Without the operands that are encoded differently: of jumps and of instructions on two locals. Their meanings stay.
  private static func comparable(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      guard let open = line.firstRange(of: " (")?.lowerBound else { return String(line) }
      let meaning = line[open...]
      var head = line[..<open]
      let name = head.split(separator: " ").dropLast().last ?? ""
      guard meaning.hasPrefix(" (to L") || pairs.contains(String(name)) else { return String(line) }
      while let last = head.last, last.isNumber || last == " " { head.removeLast() }
      return head + String(repeating: " ", count: max(0, 36 - head.utf8.count) + 4) + meaning
    }
  }
}
