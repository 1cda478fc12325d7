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
#endif
