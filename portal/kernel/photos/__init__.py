"""Photos: decoded in a jailed child only, hashed, and rebuilt without any metadata.

`reading` is what the rest of the product calls; `jail` keeps the child; `inside` is the child; `hashing` is pure.
"""
