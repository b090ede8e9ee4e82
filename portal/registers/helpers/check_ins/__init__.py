"""Check-ins 走访打卡: what a helper's phone (or a paper form) says about a visit, with the evidence for it.

Sub-registers: claims (the signed message), photos, signals (what the evidence looks like), questions (what the helper is
asked), needs (what a household needs), answers (what the household says), paper (visits on paper), tasks (what is due).
"""
