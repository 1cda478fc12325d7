// Heap slots: what events name objects by.

public enum HeapSlot {
  /// So many can be told apart: a slot is a number of 32 bits.
  public static let count = 1 << 32
}
