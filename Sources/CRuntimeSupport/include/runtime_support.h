// What Swift cannot say, each with its reason.
#ifndef EXUVIA_RUNTIME_SUPPORT_H
#define EXUVIA_RUNTIME_SUPPORT_H
#include <stdint.h>
#endif
