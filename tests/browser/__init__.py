"""Pages as people meet them: a real Chromium looks at a running server with a demonstration village in it."""
