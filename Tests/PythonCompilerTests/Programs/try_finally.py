# `try` with handlers, `else`, `finally`; ways out through a `finally`.


def read(path):
    try:
        f = open(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        print(error)
        raise
    except:
        raise RuntimeError(path) from None
    else:
        text = f.read()
    finally:
        print("done")
    return text


def ways_out(items):
    for item in items:
        try:
            if item == 1:
                continue
            if item == 2:
                break
            if item == 3:
                return item
        finally:
            print(item)
    try:
        try:
            return items[0]
        finally:
            items.clear()
    except IndexError as e:
        del e
    try:
        pass
    finally:
        pass


def swallows():
    while True:
        try:
            raise ValueError
        finally:
            break
    assert items, "none"
