"""The printed order 督办单: the look of an official document, with its number and a code that leads to `/v/<no>`."""
