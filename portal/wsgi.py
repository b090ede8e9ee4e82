"""What the web server loads: the application of the installation that the environment names."""

from portal.factory import create_app
from portal.settings import read_settings

application = create_app(read_settings())
