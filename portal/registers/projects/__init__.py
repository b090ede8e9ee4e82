"""Projects (扶贫项目) and what they left behind (assets). May import helpers, recipients, divisions; funds may import it."""
