"""Papers of strangers (PDF): looked at as pictures of their pages, made in a jailed child; nothing else opens one."""
