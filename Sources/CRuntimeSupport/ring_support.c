// The system calls of the event ring and the recorder.
#define _GNU_SOURCE
#include "ring_support.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int exuvia_futex_wait(const volatile uint32_t *word, uint32_t expected, uint64_t nanoseconds) {
  struct timespec limit = {(time_t)(nanoseconds / 1000000000), (long)(nanoseconds % 1000000000)};
  return syscall(SYS_futex, word, FUTEX_WAIT, expected, &limit, 0, 0) == 0 ? 0 : -errno;
}

void exuvia_futex_wake(const volatile uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, 0, 0, 0); }

int exuvia_pidfd_open(int32_t pid) {
  int descriptor = (int)syscall(SYS_pidfd_open, pid, 0);
  return descriptor >= 0 ? descriptor : -errno;
}

int exuvia_set_aside(int descriptor, int64_t offset, int64_t count) {
  return fallocate(descriptor, FALLOC_FL_KEEP_SIZE, offset, count) == 0 ? 0 : -errno;
}
