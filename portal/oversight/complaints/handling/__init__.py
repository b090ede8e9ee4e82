"""How complaints are handled 办理: steps with a second person, clocks in the database, escalation, the writer's say."""
