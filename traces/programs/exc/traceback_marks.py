# What the carets of a traceback mark, shape by shape, as the interpreter itself prints it.
import io
import os
import sys

one, zero, none, text = 1, 0, None, "text"


class Failing:
    def __getattr__(self, name):
        raise LookupError(name)

    def __call__(self, *a, **k):
        raise ValueError


failing = Failing()


def called(*a, **k):
    raise ValueError("called")


def whole_raise():
    raise ValueError("called")


def raise_behind_colon():
    if one: raise KeyError("k")


def raise_from():
    raise ValueError("a") from KeyError("b")


def operators():
    return one / zero


def operator_and_parenthesis():
    return one/(zero)


def operator_of_two():
    return one//zero + 1


def power():
    return -zero ** -one


def left_in_parentheses():
    return (one + one) % zero


def several_lines():
    return (
        one
        # a comment + with an operator
        /
        zero
    )


def long_call():
    return called(
        one,
        two=2,
        three=3,
        four=4,
        five=5,
    )


def in_argument():
    called(one, *[one / zero], k=failing())


def assigned_call():
    result = called()


def assigned_to_several():
    a, b = called()


def assigned_twice():
    a = b = called(one)


def attribute_call():
    result = failing.method(one)


def returned_call():
    return called(one)


def returned_method():
    return text.index("z")


def returned_and_more():
    return called(one) or None


def subscript():
    return {"a": {"b": none}}["a"]["b"]["c"]


def subscript_over_lines():
    return [1, 2, 3][
        one
        + 10
    ]


def comparison():
    return one < text


def unary():
    return -text


def attribute():
    return none.attribute.other


def in_comprehension():
    return [i for i in range(3) if 1/(i-1)]


def in_loop():
    for i in called(): print(i)


def in_with():
    with none as n: pass


def wide():
    "日本" + one; x = "日本" + called("語") + "é"


def wide_before():
    x = "日本語", one / zero


def strings():
    called("a # b", '(', f"{one!r:>{10}} {zero}") + "[" % zero


def call_of_call():
    called.__get__(one)(zero)(2)


def continued():
    x = one + \
        text


def item_assignment():
    none[0] = one


def del_item():
    del none[one]


def augmented():
    x = one
    x += text


def walrus():
    return (y := one / zero)


def lambda_body():
    return (lambda v: v / zero)(one)


def asserted():
    assert one == zero, "not equal"


def conditional():
    return called(one) if one else called(zero)


def decorated():
    @failing
    def inner(): pass


def class_body():
    class Inner:
        x = one / zero


def unpacking():
    a, b = one, 2, 3


def statement_pair():
    a = one; b = a / zero; c = b


def format_spec():
    return f"{one:{text}}"


def tabs():
	if one:
		return one	/	zero


sys.stderr = io.StringIO()
for function in list(vars().values()):
    if callable(function) and getattr(function, "__module__", None) == "__main__" and function not in (Failing, failing, called):
        try:
            function()
        except Exception as e:
            e.__traceback__ = e.__traceback__.tb_next
            sys.excepthook(type(e), e, e.__traceback__)
print(sys.stderr.getvalue().replace(os.path.dirname(os.path.abspath(__file__)) + os.sep, ""), end="")
