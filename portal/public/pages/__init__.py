"""What a public page shows, put together from the registers' queries; plain values, no Flask objects."""
