"""Keys of complaints 办案密钥: pairs of organs, shares of those who may open them, passphrases, escrow."""
