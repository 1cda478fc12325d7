// What Swift cannot say, each with its reason.
#ifndef EXUVIA_RUNTIME_SUPPORT_H
#define EXUVIA_RUNTIME_SUPPORT_H
#include <stdint.h>

// Process-wide words that inlined code of several Swift modules reads on hot paths. A public Swift global is reached through an accessor
// call from another module; a C global behind an inline function is one load.
struct exuvia_process {
  // Recording level of this process (RecordingLevel); zero: no event is written.
  uint8_t level;
  // First byte of the object arena; an object's slot is its distance from here in 16-byte steps.
  uintptr_t arena;
  // The well-known objects (struct Core in Swift).
  void *core;
  // Heads of the heap's free lists by size class.
  void **free_lists;
};
extern struct exuvia_process exuvia_process;

static inline uint8_t exuvia_level(void) { return exuvia_process.level; }
static inline void exuvia_set_level(uint8_t level) { exuvia_process.level = level; }
static inline uintptr_t exuvia_arena(void) { return exuvia_process.arena; }
static inline void exuvia_set_arena(uintptr_t arena) { exuvia_process.arena = arena; }
static inline void *exuvia_core(void) { return exuvia_process.core; }
static inline void exuvia_set_core(void *core) { exuvia_process.core = core; }
static inline void **exuvia_free_lists(void) { return exuvia_process.free_lists; }
static inline void exuvia_set_free_lists(void **lists) { exuvia_process.free_lists = lists; }

#endif
