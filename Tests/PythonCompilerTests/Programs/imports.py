# Imports of every form, `global`, a future feature.
"""No docstring: a comment does not count, a string after it does."""
from __future__ import annotations

import os
import os.path
import os.path as p, sys as s
from . import sibling
from .. import parent as up
from ...far.away import (a, b as c)
from math import *


def inside(x: undefined) -> undefined:
    import os.path
    from os import path as here, sep

    global late
    import late

    y: undefined[0] = 1
    return os, here, sep, y
