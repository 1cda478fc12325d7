// Writing to standard error without Python: the collector's debug lines and messages about what cannot be reported otherwise.
import Glibc

/// Writes the whole text to descriptor 2; errors are ignored.
public func writeError(_ text: String) {
  var text = text
  text.withUTF8 { bytes in
    Probes.output(descriptor: 2, UnsafeRawBufferPointer(bytes))
    var rest = UnsafeRawBufferPointer(bytes)
    while let base = rest.baseAddress, rest.count > 0 {
      let written = write(2, base, rest.count)
      if written <= 0 { return }
      rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
  }
}
