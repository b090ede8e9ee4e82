"""Spreadsheets in and out. Reading happens only in a child process under resource limits; writing streams.

`reading.read_table` opens what people send (xlsx, csv, parquet), `writing` makes what they get. The `inside_*` modules run
only inside the child; `jail` starts it. Anybody above the kernel may import `reading`, `writing` and `limits`.
"""
