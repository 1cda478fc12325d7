#define _GNU_SOURCE
#include "runtime_support.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct exuvia_process exuvia_process = {.recursion_limit = 1000};

// Signals: a flag for each, and the breaker of the main thread.
static volatile sig_atomic_t noted[65];
static uintptr_t *volatile target_breaker;
static volatile uintptr_t target_bit;

static volatile int wakeup = -1;

static void note(int signal) {
  int saved = errno;
  noted[signal] = 1;
  if (wakeup >= 0) {
    unsigned char byte = (unsigned char)signal;
    ssize_t written = write(wakeup, &byte, 1);
    (void)written;
  }
  if (target_breaker) __atomic_fetch_or(target_breaker, target_bit, __ATOMIC_SEQ_CST);
  errno = saved;
}

int exuvia_signal_catch(int signal) {
  struct sigaction action = {0};
  action.sa_handler = note;
  sigemptyset(&action.sa_mask);
  // No SA_RESTART: a blocking call returns, so that the handler runs soon.
  return sigaction(signal, &action, 0) == 0 ? 0 : -errno;
}

int exuvia_signal_plain(int signal, int ignore) {
  struct sigaction action = {0};
  action.sa_handler = ignore ? SIG_IGN : SIG_DFL;
  sigemptyset(&action.sa_mask);
  return sigaction(signal, &action, 0) == 0 ? 0 : -errno;
}

int exuvia_signal_state(int signal) {
  struct sigaction action;
  if (sigaction(signal, 0, &action) != 0) return -errno;
  if (action.sa_flags & SA_SIGINFO) return 3;
  return action.sa_handler == SIG_DFL ? 0 : action.sa_handler == SIG_IGN ? 1 : action.sa_handler == note ? 2 : 3;
}

void exuvia_signal_target(uintptr_t *breaker, uintptr_t bit) {
  target_bit = bit;
  target_breaker = breaker;
}

int exuvia_signal_take(void) {
  for (int signal = 1; signal < 65; signal++) {
    if (noted[signal]) {
      noted[signal] = 0;
      return signal;
    }
  }
  return 0;
}

void exuvia_signal_note(int signal) {
  if (signal > 0 && signal < 65) note(signal);
}

int exuvia_signal_wakeup(int descriptor) {
  int old = wakeup;
  wakeup = descriptor;
  return old;
}

int exuvia_errno(void) { return errno; }
void exuvia_set_errno(int value) { errno = value; }
int exuvia_gettid(void) { return (int)syscall(SYS_gettid); }
int exuvia_fork(void) { return fork(); }
int exuvia_wait_exited(int status) { return WIFEXITED(status) ? 1 : 0; }
int exuvia_wait_code(int status) { return WEXITSTATUS(status); }
int exuvia_wait_signal(int status) { return WIFSIGNALED(status) ? WTERMSIG(status) : 0; }
int exuvia_open(const char *path, int flags, int mode) { return open(path, flags | O_CLOEXEC, mode); }

extern char **environ;
char **exuvia_environment(void) { return environ; }

uintptr_t exuvia_stack_base(void) {
  pthread_attr_t attributes;
  void *base = 0;
  size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
  pthread_attr_getstack(&attributes, &base, &size);
  pthread_attr_destroy(&attributes);
  return (uintptr_t)base;
}

int exuvia_semaphore_wait(void *semaphore, int64_t seconds, int64_t nanoseconds) {
  int result;
  if (seconds == 0 && nanoseconds == 0) {
    result = sem_wait(semaphore);
  } else {
    struct timespec limit = {(time_t)seconds, (long)nanoseconds};
    result = sem_clockwait(semaphore, CLOCK_MONOTONIC, &limit);
  }
  return result == 0 ? 0 : -errno;
}

int exuvia_setitimer(int which, const void *fresh, void *old) { return setitimer(which, fresh, old); }
int exuvia_getitimer(int which, void *current) { return getitimer(which, current); }

int exuvia_pipe(int *ends) { return pipe2(ends, O_CLOEXEC); }

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_SANITIZER 1
#include <sanitizer/allocator_interface.h>
#include <sanitizer/asan_interface.h>
#endif
#endif

void *exuvia_checked_allocate(intptr_t size) {
  void *block = malloc(size > 0 ? size : 1);
  if (block == NULL) abort();
  return block;
}

void exuvia_checked_free(void *block, intptr_t size) {
#ifdef HAS_SANITIZER
  if (__sanitizer_get_allocated_size(block) != (size_t)(size > 0 ? size : 1)) {
    static const char message[] = "exuvia: a block is freed with another size than it was allocated with\n";
    ssize_t written = write(2, message, sizeof message - 1);
    (void)written;
    __asan_describe_address(block);
    abort();
  }
#else
  (void)size;
#endif
  free(block);
}

void exuvia_hide(void *start, intptr_t size) {
#ifdef HAS_SANITIZER
  __asan_poison_memory_region(start, size);
#else
  (void)start, (void)size;
#endif
}

void exuvia_show(void *start, intptr_t size) {
#ifdef HAS_SANITIZER
  __asan_unpoison_memory_region(start, size);
#else
  (void)start, (void)size;
#endif
}

int exuvia_print_double(char *buffer, size_t size, const char *format, int precision, double value) {
  return snprintf(buffer, size, format, precision, value);
}
