"""政策找人: who is entitled to which policy, why, and whom it has not reached. Evaluated for all households at once."""
