"""The card on paper 明白卡: printed once, folded so that the code lies inside, with the year's money beside it. Kept nowhere."""
