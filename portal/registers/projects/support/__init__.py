"""Support 项目帮扶组: which projects have a group of helpers, read from the pairings below."""
