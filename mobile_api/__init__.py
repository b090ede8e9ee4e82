"""The phone's door: `/api/v1` for the helpers' phones and other people's clients, and the page that serves `/app/`.

`payloads` and `answers` are the messages, `operations` declares routes, `openapi` describes them; `v1` parses, calls one
function and answers. Imported by the factory only; imports registers, accounts and web, never another door.
"""

from mobile_api.app import door as page
from mobile_api.operations import api
from mobile_api.v1 import check_ins, devices, documents, households, incomes, photos, reports, sessions

blueprints = (api, documents.door, page)

__all__ = ["blueprints", "check_ins", "devices", "households", "incomes", "photos", "reports", "sessions"]
