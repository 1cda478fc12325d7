#include "runtime_support.h"
