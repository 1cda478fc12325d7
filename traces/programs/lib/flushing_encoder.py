# an incremental encoder whose own code flushes the stream that it encodes for: what waited is gone when its bytes come
import codecs, sys


class Flushing(codecs.IncrementalEncoder):
    def encode(self, text, final=False):
        sys.stdout.flush()
        return text.upper().encode("ascii", self.errors)


def find(name):
    if name != "flushing":
        return None
    plain = codecs.lookup("ascii")
    return codecs.CodecInfo(plain.encode, plain.decode, incrementalencoder=Flushing, incrementaldecoder=plain.incrementaldecoder, name=name)


codecs.register(find)
sys.stdout.reconfigure(encoding="flushing", errors="replace")
for i in range(5):
    print("line", i, "of five", end=".\n")
print("é", "end")
