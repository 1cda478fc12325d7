// System calls that Swift cannot make because `syscall` is variadic, for the event ring and the recorder. The futexes work across
// processes, hence are not private.
#ifndef EXUVIA_RING_SUPPORT_H
#define EXUVIA_RING_SUPPORT_H
#include <stdint.h>

/// Sleeps while `*word == expected`, at most `nanoseconds`. Returns 0, or -errno (EAGAIN, ETIMEDOUT, EINTR).
int exuvia_futex_wait(const volatile uint32_t *word, uint32_t expected, uint64_t nanoseconds);
/// Wakes everybody who sleeps on `word`.
void exuvia_futex_wake(const volatile uint32_t *word);
/// A descriptor that becomes readable when the process `pid` has ended, or -errno.
int exuvia_pidfd_open(int32_t pid);
/// fallocate(2) with FALLOC_FL_KEEP_SIZE: sets `count` bytes at `offset` aside on the disk and leaves the file's size. Returns 0, or -errno.
int exuvia_set_aside(int descriptor, int64_t offset, int64_t count);
#endif
