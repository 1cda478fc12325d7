# f-strings: conversions, format specifications, nesting, `=`, constants beside each other.


def show(name, value, width):
    a = f"{name}"
    b = f"<{name!r:>{width}}> {value:.{width}f} {{}}"
    c = f"{value=} {value = !s:^10}"
    d = f"{'constant'}" "tail" f""
    e = f"{name + f'{value}'}{width}"
    g = "%s is %r, %a" % (name, value, width)
    h = "%d of %s" % (1, name)
    return f"{a}{b}" + f"plain" + rf"\d{c}" + f"{d!a}{e}{g}" + h


f"{1}"
"%s%%" % (show,)
"%5s|%-5r|%.2a" % (show, show, show)
