"""Reconfirmation 重新确认: one chance for the household before anything else happens; 诚信 records."""
