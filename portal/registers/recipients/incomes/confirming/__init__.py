"""The second hand 第二人: what one person entered about a household's income, and who confirmed it as it stands."""
