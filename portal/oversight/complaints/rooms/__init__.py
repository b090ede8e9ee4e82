"""The case room 案件室: an inspector's opened key, under a random key that only his browser's cookie holds."""
