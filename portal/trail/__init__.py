"""The trail 可验证的留痕: the tamper-evident log of everything that is recorded or published.

Actions write through `actions.record`; `guard` refuses a commit that changed a protected table and recorded nothing;
`sequence` and `publish` turn recorded events into a signed tree of static files; `verifier` is a program of its own
that anybody may copy. Actors and subjects are plain names and numbers: nothing here points upward. Everything above
the kernel may import it; it imports only the kernel.
"""
