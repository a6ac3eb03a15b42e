print("accredit")
