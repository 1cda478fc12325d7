class Page:
    def __init__(self, number):
        self.number = number
        self.links = []


pages = []
for number in range(70_000):
    page = Page(number)
    page.links.append(page)
    if number % 3 == 0:
        pages.append(page)
print(len(pages))
