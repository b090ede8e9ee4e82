"""Break-glass 紧急授权: a role for four hours, taken alone and recorded, reviewed by two persons afterwards."""
