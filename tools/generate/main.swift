// Makes a trace of any length whose analysis is known: `TraceGenerator -o OUT.exv [--events N] [--live N] [--sites N]
// [--types N] [--threads N] [--seed N] [--refs] [--layout rows|columns]` prints the expected sums as JSON. `--measure
// FILE` decodes a trace and prints the rate. `--table` prints the table of events for docs/FORMAT.md.

import Glibc
import TraceFormat

var parameters = Parameters()
var output = ""
var layout = TraceWriter.layout
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
  func value() -> String { arguments.popFirst() ?? "" }
  func number() -> Int {
    guard let number = Int(value()), number > 0 else { fail("\(argument) needs a positive number") }
    return number
  }
  switch argument {
  case "-o": output = value()
  case "--events": parameters.events = UInt64(number())
  case "--live": parameters.liveObjects = number()
  case "--sites": parameters.sites = number()
  case "--types": parameters.types = max(2, number())
  case "--threads": parameters.threads = number()
  case "--seed": parameters.seed = UInt64(number())
  case "--refs": parameters.withRefs = true
  case "--layout": layout = value() == "rows" ? .rows : .columns
  case "--table":
    printTable()
    exit(0)
  case "--measure":
    do { try measure(value()) } catch { fail("\(error)") }
    exit(0)
  default: fail("unknown argument \(argument)")
  }
}
guard !output.isEmpty else { fail("-o OUT.exv is missing") }
do { try generate(parameters, output: output, layout: layout) } catch { fail("\(error)") }
