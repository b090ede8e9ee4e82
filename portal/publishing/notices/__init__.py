"""Notices 公示 (a window with objections and a conclusion) and 公告 (decided, corrected only by a new version).

`rules` declares both life cycles, `patterns` what each kind of notice carries and what of it may be read by everybody,
`rows` where its lines come from, `objections` what people say against it, `sheets` prints it. The gate that no notice
passes with anybody's private facts in it is `publishing.notice_gate`.
"""
