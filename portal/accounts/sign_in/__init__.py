"""Sign-in 登录: tries and pauses, sessions, passwords and second factors. Same imports as accounts."""
