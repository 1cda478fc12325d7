# csv: dialects, quoting in both directions, mistakes.
import csv, io
rows = [["a", 'q"x', "l\nn", "", None, 1.5], ["x,y", " b ", "'", "é"], [""]]
for kw in ({}, {"quoting": csv.QUOTE_ALL}, {"quoting": csv.QUOTE_NONNUMERIC}, {"delimiter": ";", "doublequote": False, "escapechar": "\\"}, {"dialect": "excel-tab"}, {"quoting": csv.QUOTE_STRINGS}, {"quoting": csv.QUOTE_NOTNULL}):
    out = io.StringIO(); w = csv.writer(out, **kw); w.writerows(rows[:2]); print(kw, repr(out.getvalue()), list(csv.reader(io.StringIO(out.getvalue(), newline=""), **{k: v for k, v in kw.items() if k != "quoting"})))
print(list(csv.reader(['a, "b c",d', "", '"two', 'lines",x', "1,2"], skipinitialspace=True)), list(csv.reader(["1,'2',x"], quoting=csv.QUOTE_NONE)))
d = csv.DictReader(io.StringIO("n,v\r\na,1\r\nb\r\nc,3,4\r\n")); print(list(d), d.fieldnames, d.line_num)
out = io.StringIO(); w = csv.DictWriter(out, ["x", "y"], restval="-"); w.writeheader(); w.writerow({"y": 2}); print(repr(out.getvalue()))
print(csv.Sniffer().sniff("a;b\n1;2\n3;4\n").delimiter, csv.list_dialects(), csv.field_size_limit())
csv.register_dialect("pipes", delimiter="|", lineterminator="\n"); print(csv.get_dialect("pipes").delimiter, next(csv.reader(["a|b"], "pipes")))
for bad in (lambda: csv.writer(io.StringIO(), quoting=csv.QUOTE_NONE).writerow(["a,b"]), lambda: csv.reader([], delimiter="ab"), lambda: csv.reader([], "nope"), lambda: list(csv.reader([b"x"])), lambda: csv.writer(3), lambda: csv.writer(io.StringIO()).writerow(5), lambda: list(csv.reader(['"a'], strict=True)), lambda: list(csv.reader(['"a"b'], strict=True)), lambda: csv.reader([], quotechar=None, quoting=csv.QUOTE_ALL)):
    try: bad()
    except Exception as e: print(type(e).__name__, e)
