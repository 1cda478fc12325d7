// Starting another program. Between fork and exec only async-signal-safe calls are allowed, and no Swift code is known to be.
#ifndef EXUVIA_PROCESS_SUPPORT_H
#define EXUVIA_PROCESS_SUPPORT_H
#include <stdint.h>

/// What the child does before it becomes the other program; -1 for descriptors and ids that are not given. Arrays end with a null pointer.
struct exuvia_exec_plan {
  char *const *arguments;
  /// Tried one after the other.
  char *const *paths;
  /// Null: the parent's.
  char *const *environment;
  const char *directory;
  /// The child's ends of its three streams, and the parent's ends, which the child closes.
  int child_in, parent_in, parent_out, child_out, parent_error, child_error;
  /// Where the child writes what went wrong; the parent's end of it.
  int report_write, report_read;
  /// Sorted; kept open when the others are closed.
  const int *kept;
  intptr_t kept_count;
  int closes_others, restores_signals, new_session;
  int process_group;
  int64_t user, group, mask;
  /// -1: the groups stay.
  intptr_t group_count;
  const uint32_t *groups;
};

/// To be called in the child: its streams, folder, session and ids. Ends the process when something fails.
void exuvia_exec_prepare(const struct exuvia_exec_plan *plan);
/// Becomes the other program; does not return.
void exuvia_exec_replace(const struct exuvia_exec_plan *plan);
/// Writes a report of failure and ends the child.
void exuvia_exec_report(const struct exuvia_exec_plan *plan, const char *text);

/// getpriority and setpriority, whose first parameter is an enumeration.
int exuvia_getpriority(int which, uint32_t who);
int exuvia_setpriority(int which, uint32_t who, int priority);
/// The size of a terminal, by ioctl, which is variadic. Returns 0, or -1 with errno.
int exuvia_terminal_size(int descriptor, int *columns, int *lines);
/// pipe2; a GNU extension.
int exuvia_pipe_with(int *ends, int flags);
/// sem_open, which is variadic: a new semaphore of `value` that nobody else has, or one that exists. NULL with errno.
void *exuvia_semaphore_open(const char *name, int creates, unsigned value);
/// fcntl with a lock, which is variadic: F_SETLKW or F_SETLK with a struct flock. -1 with errno.
int exuvia_lock_file(int descriptor, int waits, void *range);
/// flock, whose name Swift keeps for the structure. -1 with errno.
int exuvia_flock(int descriptor, int how);
/// accept4, a GNU extension: the new descriptor is closed by exec. -1 with errno.
int exuvia_accept(int descriptor, void *address, uint32_t *size);
/// mremap, which is variadic and a GNU extension: may move. NULL with errno.
void *exuvia_remap(void *start, intptr_t old_size, intptr_t new_size);

// A call of a C function whose signature only a running program knows.
/// How many integers go into registers.
int exuvia_foreign_integers(void);
/// Calls with 8 integers, 8 doubles (both as bits) and 16 words on the stack; returns the integer, or the bits of the double.
uint64_t exuvia_foreign_call(void *function, const uint64_t *integers, const uint64_t *reals, const uint64_t *stack, int is_real);
#endif
