"""Health of the rules 规则体检: how precise each is, and that one which mostly accuses wrongly pauses itself."""
