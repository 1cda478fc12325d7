#include "runtime_support.h"

struct exuvia_process exuvia_process;
