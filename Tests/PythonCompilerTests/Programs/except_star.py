# `except*`: parts of a group, what is left is raised again.


def sort_out(action):
    try:
        action()
    except* ValueError as group:
        print(group.exceptions)
    except* (TypeError, KeyError):
        raise RuntimeError
    else:
        print("fine")
    finally:
        print("done")


def loop(actions):
    for action in actions:
        try:
            action()
        except* OSError as e:
            print(e)
        except* Exception:
            pass
