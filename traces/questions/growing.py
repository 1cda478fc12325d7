class Page:
    def __init__(self, number):
        self.number = number
        self.words = [number]


pages = [Page(number) for number in range(330_000)]
print(len(pages))
