"""Naming a further accused 补列被反映人: the complaint is routed anew, and the keys follow."""
