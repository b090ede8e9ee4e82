"""The sheet 张贴件 that hangs on the board: A4 and A3, with the notice's number and a code that leads to `/v/<no>`."""
