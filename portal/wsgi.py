"""What the web server loads: the application of the installation that the environment names."""

import gc

from portal.accounts.passwords import HASHING
from portal.factory import create_app
from portal.settings import read_settings
from portal.web.priority import GivingWay

HASHING.start()
application = GivingWay(create_app(read_settings()))

# What was loaded stays for ever: without this the collector walks it all again and again while a large page is made.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)
