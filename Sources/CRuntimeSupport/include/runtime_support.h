// What Swift cannot say, each with its reason.
#ifndef EXUVIA_RUNTIME_SUPPORT_H
#define EXUVIA_RUNTIME_SUPPORT_H
#include <stddef.h>
#include <stdint.h>

// Process-wide words that inlined code of several Swift modules reads on hot paths. A public Swift global is reached through an accessor
// call from another module; a C global behind an inline function is one load.
#define EXUVIA_SIZE_CLASSES 255
struct exuvia_process {
  // Recording level of this process (RecordingLevel); zero: no event is written.
  uint8_t level;
  // 1 while an automatic pass may be scheduled: enabled, threshold not 0, no pass running.
  uint8_t collector_armed;
  // First byte of the object arena; an object's slot is its distance from here in 16-byte steps.
  uintptr_t arena;
  // The well-known objects (struct Core in Swift).
  void *core;
  // The thread state (ThreadStateLayout) of the GIL's holder.
  void *thread;
  // The event stream (EventWriter).
  void *writer;
  // Counter and threshold of generation 0.
  intptr_t count0;
  intptr_t threshold0;
  // How deep Python calls may nest.
  intptr_t recursion_limit;
  // Heads of the heap's free lists by size class: `free_lists[size / 16]`. In here, so that a list of a known size is one load from a fixed address.
  void *free_lists[EXUVIA_SIZE_CLASSES];
  // Heads of the collector's lists (CollectorLinks): generations 0, 1, 2 and the permanent one.
  uintptr_t generations[4][2];
};
// Hidden: the word is reached by its distance from the code, without a table of addresses.
extern struct exuvia_process exuvia_process __attribute__((visibility("hidden")));

#ifdef EXUVIA_NO_PROBES
// A build without probes, to measure what they cost while they are off.
static inline uint8_t exuvia_level(void) { return 0; }
#else
static inline uint8_t exuvia_level(void) { return exuvia_process.level; }
#endif
static inline void exuvia_set_level(uint8_t level) { exuvia_process.level = level; }
static inline uintptr_t exuvia_arena(void) { return exuvia_process.arena; }
static inline void exuvia_set_arena(uintptr_t arena) { exuvia_process.arena = arena; }
static inline void *exuvia_core(void) { return exuvia_process.core; }
static inline void exuvia_set_core(void *core) { exuvia_process.core = core; }
static inline void **exuvia_free_lists(void) { return exuvia_process.free_lists; }
static inline void *exuvia_thread(void) { return exuvia_process.thread; }
static inline void exuvia_set_thread(void *thread) { exuvia_process.thread = thread; }
static inline void *exuvia_writer(void) { return exuvia_process.writer; }
static inline void exuvia_set_writer(void *writer) { exuvia_process.writer = writer; }

// Generation 0's counter. Counting returns whether an automatic pass is due.
static inline int exuvia_count_container(void) {
  return ++exuvia_process.count0 > exuvia_process.threshold0 && exuvia_process.collector_armed;
}
static inline void exuvia_uncount_container(void) {
  if (exuvia_process.count0 > 0) exuvia_process.count0--;
}
static inline intptr_t exuvia_count0(void) { return exuvia_process.count0; }
static inline void exuvia_set_count0(intptr_t count) { exuvia_process.count0 = count; }
static inline intptr_t exuvia_threshold0(void) { return exuvia_process.threshold0; }
static inline void exuvia_set_threshold0(intptr_t threshold) { exuvia_process.threshold0 = threshold; }
static inline intptr_t exuvia_recursion_limit(void) { return exuvia_process.recursion_limit; }
static inline void exuvia_set_recursion_limit(intptr_t limit) { exuvia_process.recursion_limit = limit; }
static inline void *exuvia_generation(int index) { return exuvia_process.generations[index]; }
static inline void exuvia_arm_collector(int armed) { exuvia_process.collector_armed = armed != 0; }

// A few words of a frame are set or copied by a plain loop: the compiler would make calls of memset and vector code of it, which cost more than
// the frame. The empty assembly keeps it from seeing through.
static inline void exuvia_clear_words(void *begin, void *end) {
  for (void **p = begin; p < (void **)end; p++) {
    *p = 0;
    __asm__("" : "+r"(p));
  }
}
static inline void exuvia_copy_words(void *to, const void *from, intptr_t count) {
  for (intptr_t i = 0; i < count; i++) {
    ((void **)to)[i] = ((void *const *)from)[i];
    __asm__("" : "+r"(i));
  }
}

// Atomic operations on a word in raw memory: Swift's Atomic is a type of its own that a layout struct cannot hold.
static inline uintptr_t exuvia_atomic_load(const uintptr_t *word) { return __atomic_load_n(word, __ATOMIC_RELAXED); }
static inline void exuvia_atomic_store(uintptr_t *word, uintptr_t value) { __atomic_store_n(word, value, __ATOMIC_RELAXED); }
static inline void exuvia_atomic_or(uintptr_t *word, uintptr_t bits) { __atomic_fetch_or(word, bits, __ATOMIC_SEQ_CST); }
static inline void exuvia_atomic_clear(uintptr_t *word, uintptr_t bits) { __atomic_fetch_and(word, ~bits, __ATOMIC_SEQ_CST); }

// Signals. A handler may touch only what is async-signal-safe, and no Swift code is known to be.
/// Installs the handler that notes `signal` and sets `bit` in the main thread's breaker. Returns 0, or -errno.
int exuvia_signal_catch(int signal);
/// Sets the default (0) or ignores (1). Returns 0, or -errno.
int exuvia_signal_plain(int signal, int ignore);
/// 0 default, 1 ignored, 2 caught by us, 3 caught by someone else, or -errno.
int exuvia_signal_state(int signal);
/// The word and the bit that a caught signal sets.
void exuvia_signal_target(uintptr_t *breaker, uintptr_t bit);
/// The lowest noted signal, which is then forgotten; 0 when there is none.
int exuvia_signal_take(void);
/// Notes `signal` as if it had come.
void exuvia_signal_note(int signal);
/// The descriptor that each signal's number is written to from now on, -1: none. Returns the one before.
int exuvia_signal_wakeup(int descriptor);

/// errno, which is a macro.
int exuvia_errno(void);
void exuvia_set_errno(int value);
/// The kernel's id of the calling thread; `gettid` needs a recent libc and `syscall` is variadic.
int exuvia_gettid(void);
/// fork(2), which Swift marks unavailable.
int exuvia_fork(void);
/// waitpid's status taken apart: the macros are not imported.
int exuvia_wait_exited(int status);
int exuvia_wait_code(int status);
int exuvia_wait_signal(int status);
/// open(2) with a mode, which is variadic.
int exuvia_open(const char *path, int flags, int mode);
/// The process's environment; `environ` is not imported.
char **exuvia_environment(void);

/// Lowest address of the calling thread's stack, or 0; a GNU extension.
uintptr_t exuvia_stack_base(void);
/// Waits for a semaphore (sem_t) until a time of CLOCK_MONOTONIC, without one (0 seconds and nanoseconds) for ever. Returns 0, or -errno.
int exuvia_semaphore_wait(void *semaphore, int64_t seconds, int64_t nanoseconds);

/// setitimer and getitimer, whose first parameter is an enumeration that Swift imports differently by platform; struct itimerval.
int exuvia_setitimer(int which, const void *fresh, void *old);
int exuvia_getitimer(int which, void *current);

/// Blocks from malloc for builds with -DEXUVIA_MALLOC_HEAP, so that AddressSanitizer sees each object; its interface is C macros. Freeing checks that
/// `size` is what was allocated. A hidden region may not be touched until it is shown.
void *exuvia_checked_allocate(intptr_t size);
void exuvia_checked_free(void *block, intptr_t size);
void exuvia_hide(void *start, intptr_t size);
void exuvia_show(void *start, intptr_t size);

/// snprintf of one number with a precision (`%.*f`), without the boxes that Swift makes of variadic arguments.
int exuvia_print_double(char *buffer, size_t size, const char *format, int precision, double value);

/// pipe2 with O_CLOEXEC; a GNU extension.
int exuvia_pipe(int *ends);

// Signals that are told with a traceback at once, in the handler (`faulthandler`).
typedef void (*exuvia_fault_function)(int signal, int is_fatal);
/// Calls `function` when `signal` comes. Fatal ones then act as before the call; others as before if `chains`. Returns 0, or -errno.
int exuvia_fault_catch(int signal, int is_fatal, int chains, exuvia_fault_function function);
/// Gives the signal back; 0: it was not caught.
int exuvia_fault_release(int signal);

#endif
