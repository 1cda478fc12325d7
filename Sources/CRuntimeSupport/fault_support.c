// Handlers of `faulthandler`: they run where the signal came, and give what is to be written to a function of the runtime.
#include "runtime_support.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

static struct {
  int is_caught, is_fatal, chains;
  struct sigaction before;
} caught[65];
static exuvia_fault_function report;

static void on_fault(int signal) {
  int saved = errno;
  if (caught[signal].is_fatal) {
    // A fault inside of the report ends the process.
    sigaction(signal, &caught[signal].before, 0);
    caught[signal].is_caught = 0;
    report(signal, 1);
    errno = saved;
    raise(signal);
    return;
  }
  report(signal, 0);
  errno = saved;
  if (caught[signal].chains) {
    struct sigaction own;
    sigaction(signal, &caught[signal].before, &own);
    raise(signal);
    saved = errno;
    sigaction(signal, &own, 0);
    errno = saved;
  }
}

int exuvia_fault_catch(int signal, int is_fatal, int chains, exuvia_fault_function function) {
  static void *stack;
  if (signal < 1 || signal > 64) return -EINVAL;
  if (!stack) {
    // An overflow of the stack must be told from another one.
    stack_t other = {.ss_size = 256 * 1024};
    stack = other.ss_sp = malloc(other.ss_size);
    if (!stack || sigaltstack(&other, 0) != 0) return -errno;
  }
  struct sigaction action = {0};
  action.sa_handler = on_fault;
  sigemptyset(&action.sa_mask);
  // Chained: the handler before it must be able to get the same signal at once.
  action.sa_flags = SA_ONSTACK | (is_fatal || chains ? SA_NODEFER : 0) | (is_fatal ? 0 : SA_RESTART);
  struct sigaction before;
  if (sigaction(signal, &action, &before) != 0) return -errno;
  if (!caught[signal].is_caught) caught[signal].before = before;
  caught[signal].is_caught = 1;
  caught[signal].is_fatal = is_fatal;
  caught[signal].chains = chains;
  report = function;
  return 0;
}

int exuvia_fault_release(int signal) {
  if (signal < 1 || signal > 64 || !caught[signal].is_caught) return 0;
  sigaction(signal, &caught[signal].before, 0);
  caught[signal].is_caught = 0;
  return 1;
}
