# Options of the interpreter, and what the environment says instead of them.
import os
import subprocess
import sys


def run(arguments, **variables):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, env=environment | variables)
    print(done.returncode, done.stdout, done.stderr.splitlines()[:1])


warn = "import warnings; warnings.warn('w', DeprecationWarning); warnings.warn('u')"
run(["-c", warn])
run(["-W", "error", "-c", warn])
run(["-Wignore", "-c", warn])
run(["-c", warn], PYTHONWARNINGS="error::UserWarning")
run(["-B", "-I", "-X", "a=b", "-Xc", "-c", "import sys; print(sys._xoptions, sys.argv)", "x", "-y"])
enabled = "import faulthandler; print(faulthandler.is_enabled())"
run(["-c", enabled])
run(["-X", "faulthandler", "-c", enabled])
run(["-c", enabled], PYTHONFAULTHANDLER="1")
run(["-W", "default", "-c", "import sys; print(sys.warnoptions)"], PYTHONWARNINGS="once,ignore")
