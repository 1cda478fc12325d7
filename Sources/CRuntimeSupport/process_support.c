#define _GNU_SOURCE
#include "process_support.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

static void report(const struct exuvia_exec_plan *plan, const char *text) {
  size_t length = strlen(text);
  ssize_t written = write(plan->report_write, text, length);
  (void)written;
  _exit(255);
}

// "OSError:" and errno in hexadecimal, as subprocess.py reads it; `what` says which step failed.
static void report_errno(const struct exuvia_exec_plan *plan, int error, const char *what) {
  char text[64], digits[16];
  int count = 0, length = 8;
  do {
    digits[count++] = "0123456789ABCDEF"[error & 15];
    error >>= 4;
  } while (error > 0);
  memcpy(text, "OSError:", 8);
  while (count > 0) text[length++] = digits[--count];
  text[length++] = ':';
  text[length] = 0;
  strncat(text, what, sizeof text - (size_t)length - 1);
  report(plan, text);
}

// Closes everything from 3 on but the kept ones, range by range between them.
static void close_others(const struct exuvia_exec_plan *plan) {
  unsigned first = 3;
  for (intptr_t i = 0; i <= plan->kept_count; i++) {
    unsigned end = i < plan->kept_count ? (unsigned)plan->kept[i] : ~0u;
    if (i < plan->kept_count && end < first) continue;
    if (end > first && syscall(SYS_close_range, first, i < plan->kept_count ? end - 1 : ~0u, 0) != 0) {
      long limit = sysconf(_SC_OPEN_MAX);
      for (long d = first; d < (limit > 0 ? limit : 1024) && (unsigned)d < end; d++) close((int)d);
    }
    first = end + 1;
  }
}

// Gives `from` the number `to`; where they are equal already, only lets it live through exec.
static int move(int from, int to) {
  if (from == to) return fcntl(to, F_SETFD, 0);
  return from < 0 ? 0 : dup2(from, to);
}

void exuvia_exec_report(const struct exuvia_exec_plan *plan, const char *text) { report(plan, text); }

void exuvia_exec_prepare(const struct exuvia_exec_plan *plan) {
  int in = plan->child_in, out = plan->child_out, error = plan->child_error;
  if (plan->parent_in >= 0) close(plan->parent_in);
  if (plan->parent_out >= 0) close(plan->parent_out);
  if (plan->parent_error >= 0) close(plan->parent_error);
  close(plan->report_read);
  // A stream's descriptor may be one of the numbers that are given away before it.
  if (out == 0 && (out = dup(out)) < 0) report_errno(plan, errno, "");
  while (error == 0 || error == 1)
    if ((error = dup(error)) < 0) report_errno(plan, errno, "");
  if (move(in, 0) < 0 || move(out, 1) < 0 || move(error, 2) < 0) report_errno(plan, errno, "");
  for (intptr_t i = 0; i < plan->kept_count; i++)
    if (plan->kept[i] != plan->report_write) fcntl(plan->kept[i], F_SETFD, 0);
  if (plan->directory && chdir(plan->directory) != 0) report_errno(plan, errno, "noexec:chdir");
  if (plan->mask >= 0) umask((mode_t)plan->mask);
  if (plan->restores_signals) {
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
  }
  if (plan->new_session && setsid() < 0) report_errno(plan, errno, "noexec");
  if (plan->process_group >= 0 && setpgid(0, plan->process_group) < 0) report_errno(plan, errno, "noexec");
  if (plan->group_count >= 0 && setgroups((size_t)plan->group_count, plan->groups) != 0) report_errno(plan, errno, "noexec");
  if (plan->group >= 0 && setregid((gid_t)plan->group, (gid_t)plan->group) != 0) report_errno(plan, errno, "noexec");
  if (plan->user >= 0 && setreuid((uid_t)plan->user, (uid_t)plan->user) != 0) report_errno(plan, errno, "noexec");
}

void exuvia_exec_replace(const struct exuvia_exec_plan *plan) {
  if (plan->closes_others) close_others(plan);
  int saved = ENOENT;
  for (char *const *path = plan->paths; *path; path++) {
    execve(*path, plan->arguments, plan->environment ? plan->environment : environ);
    if (errno != ENOENT && errno != ENOTDIR && saved == ENOENT) saved = errno;
  }
  report_errno(plan, saved, "");
}

int exuvia_getpriority(int which, uint32_t who) { return getpriority((__priority_which_t)which, who); }
int exuvia_setpriority(int which, uint32_t who, int priority) { return setpriority((__priority_which_t)which, who, priority); }

int exuvia_terminal_size(int descriptor, int *columns, int *lines) {
  struct winsize size;
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) return -1;
  *columns = size.ws_col;
  *lines = size.ws_row;
  return 0;
}

int exuvia_pipe_with(int *ends, int flags) { return pipe2(ends, flags); }

void *exuvia_semaphore_open(const char *name, int creates, unsigned value) {
  sem_t *semaphore = creates ? sem_open(name, O_CREAT | O_EXCL, 0600, value) : sem_open(name, 0);
  return semaphore == SEM_FAILED ? NULL : semaphore;
}

void *exuvia_remap(void *start, intptr_t old_size, intptr_t new_size) {
  void *moved = mremap(start, (size_t)old_size, (size_t)new_size, MREMAP_MAYMOVE);
  return moved == MAP_FAILED ? NULL : moved;
}

int exuvia_accept(int descriptor, void *address, uint32_t *size) { return accept4(descriptor, address, size, SOCK_CLOEXEC); }

int exuvia_lock_file(int descriptor, int waits, void *range) { return fcntl(descriptor, waits ? F_SETLKW : F_SETLK, range); }

int exuvia_flock(int descriptor, int how) { return flock(descriptor, how); }
