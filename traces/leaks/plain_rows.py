"""A log of plain dicts that nobody reads."""

log = []


def write_log(level, text, number):
    log.append({"level": level, "text": text, "number": number})


def handle(number):
    text = f"request {number}"
    write_log("info", text, number * 3 + 1000)
    return len(text)


if __name__ == "__main__":
    print(sum(handle(number) for number in range(4000)))
