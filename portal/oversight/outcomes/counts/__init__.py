"""The public count 问题—立案—处理—追缴: it only grows, and small numbers are merged."""
