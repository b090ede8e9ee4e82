"""Forgetting 到期抹去: precise places of visits live 180 days (parameter `place_days`), then nothing of them is left."""
