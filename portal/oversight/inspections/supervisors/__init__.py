"""Third parties 第三方监督员: who goes along in a draw, and where."""
