"""Helpers' phones 手机: device keys, the codes by which one is enrolled, and the nonces that bracket a claim in time."""
