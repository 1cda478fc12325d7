print("exuvia")
