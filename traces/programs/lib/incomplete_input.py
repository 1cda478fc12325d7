# codeop: what more lines could complete is told apart from what is wrong.
import codeop
for s in ['if 1:','def f():','(1+','x=1','if 1:\n  pass','for i in x:\n','"""abc','class A:\n  def f(self):','try:\n pass','x = [1,\n2','if 1:\n  x','1 +','a b','def f(','@x','while 1:\n  if 2:','\\','x=\\','"abc','lambda','print(1','','# c','if 1:\n\n','try:\n  1\nfinally:','match x:\n  case 1:','with a as b:','f"{','f"{a']:
    for m in ('single','exec','eval'):
        try: r=codeop.compile_command(s,symbol=m); print(repr(s),m,'code' if r else r)
        except Exception as e: print(repr(s),m,type(e).__name__,e)
