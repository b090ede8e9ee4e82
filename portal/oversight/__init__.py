"""What supervision works with: leads now; complaints, orders, inspections and outcomes come as sub-packages.

May import registers, accounts, the trail and the kernel; publishing, checks, intake and doors may import it.
"""
