// Every limit of the format, checked before anything is allocated for bytes from a file. Normative text:
// docs/FORMAT.md.

public enum Limits {
  /// Version written. A reader refuses a larger major version and skips what it does not know of a larger minor one.
  public static let versionMajor: UInt16 = 0
  public static let versionMinor: UInt16 = 1
  /// Most bytes of the file header.
  public static let headerBytesMax = 1 << 20
  /// Most bytes of decoded records in a chunk: 8 MB, that is half a million records of 16 bytes.
  public static let chunkRawBytesMax = 8 << 20
  /// Most bytes of a chunk's encoded body, before zstd.
  public static let chunkEncodedBytesMax = 32 << 20
  /// Most bytes of a chunk's stored body.
  public static let chunkStoredBytesMax = 33 << 20
  /// Largest number of an event, ring position and time in a header: sums of some of them are then numbers too.
  public static let eventNumberMax: UInt64 = 1 << 60
  public static let ringUnitsMax: UInt64 = 1 << 60
  /// Nanoseconds, 146 years; a later time of an event counts as this one.
  public static let timeMax: UInt64 = 1 << 62
  /// Raw bytes after which the recorder should cut a chunk.
  public static let chunkRawBytesGoal = 2 << 20
  /// Chunks after which an index chunk is written.
  public static let chunksPerIndex = 256
  /// Most streams of a file for which the writer keeps sums.
  public static let streamsMax = 4096
  /// Ids are given densely; a definition may jump this far beyond four times the definitions before it.
  public static let definitionJumpMax = 1 << 16
  /// A base, an entry of an MRO or a variable may stand so far behind the one before; all of them together are bounded as ids are.
  public static let listJumpMax = 1 << 10
  /// Most words taken from one ring file.
  public static let tailWordsMax = 1 << 28
  /// Most sections of an index file, and most bytes of one before and after compression.
  public static let sectionsMax = 1 << 20
  public static let sectionBytesMax = 16 << 20
  public static let sectionStoredBytesMax = 17 << 20
}
