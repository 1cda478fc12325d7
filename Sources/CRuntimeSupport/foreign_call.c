// Calls of C functions with arguments that only a running program knows: the registers are filled whole, and what a function does not take it does not look at.
//
// The functions are called as ones without a prototype, so that those with variable arguments find what they look for on x86-64.
#include "process_support.h"
#include <string.h>

#pragma clang diagnostic ignored "-Wdeprecated-non-prototype"
#pragma clang diagnostic ignored "-Wstrict-prototypes"

#define STACK                                                                                                              \
  stack[0], stack[1], stack[2], stack[3], stack[4], stack[5], stack[6], stack[7], stack[8], stack[9], stack[10], stack[11], \
      stack[12], stack[13], stack[14], stack[15]
#define REALS d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7]
#if defined(__x86_64__)
#define INTEGERS integers[0], integers[1], integers[2], integers[3], integers[4], integers[5]
int exuvia_foreign_integers(void) { return 6; }
#else
#define INTEGERS                                                                                                     \
  integers[0], integers[1], integers[2], integers[3], integers[4], integers[5], integers[6], integers[7]
int exuvia_foreign_integers(void) { return 8; }
#endif

uint64_t exuvia_foreign_call(void *function, const uint64_t *integers, const uint64_t *reals, const uint64_t *stack, int is_real) {
  double d[8];
  memcpy(d, reals, sizeof d);
  if (!is_real) return ((uint64_t (*)())function)(INTEGERS, REALS, STACK);
  double result = ((double (*)())function)(INTEGERS, REALS, STACK);
  uint64_t bits;
  memcpy(&bits, &result, sizeof bits);
  return bits;
}
