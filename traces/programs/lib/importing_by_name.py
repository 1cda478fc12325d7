# importlib on top of the import system: modules by name, specs, reloading, finders of the program's own.
import importlib, importlib.abc, importlib.util, sys, types
print(importlib.import_module("textwrap").fill("a b", 1).split(), importlib.import_module(".utils", "email").__name__)
spec = importlib.util.find_spec("json"); print(spec.name, spec.origin.rsplit("/", 2)[1:], spec.submodule_search_locations is not None)
print(importlib.util.find_spec("no_such_module"), importlib.util.find_spec("sys").origin)
import string; print(string.__spec__.name, type(string.__loader__).__name__, importlib.reload(string) is string)
class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        if name == "made_up": return importlib.util.spec_from_loader(name, self)
    def create_module(self, spec): return None
    def exec_module(self, module): module.answer = 42
sys.meta_path.append(Finder())
import made_up; print(made_up.answer, made_up.__spec__.name)
for name in ("no_such_module", "email.nothing", "string.x"):
    try: importlib.import_module(name)
    except ModuleNotFoundError as e: print(e, e.name)
