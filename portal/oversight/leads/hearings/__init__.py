"""Hearings 听取说明: the person whom a lead concerns is asked first; until he has answered, or his days are over, it waits."""
