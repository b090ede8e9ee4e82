"""What the writer says to it 反映人: satisfied or not, an appeal one level up, whether it was solved after four weeks."""
