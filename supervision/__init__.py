"""The supervision door: leads with their evidence, and the rules that raise them.

`views` parse, call one function and render; `forms` hold shape and wording. Whoever stands here is not the office whose
work is looked at: every page asks a permission of supervision, and a lead is shown only where its place lies in scope.
Imported by the factory only; imports checks, oversight, registers and web, never another door.
"""

from supervision.views import (
    cases,
    complaint_rooms,
    complaints,
    exposure,
    home,
    leads,
    log,
    orders,
    outcomes,
    oversight,
    reads,
    rulebook,
    sample_visits,
    samples,
    timelines,
    traces,
    trail,
    verify,
)

blueprints = (
    home.blueprint, oversight.blueprint, leads.blueprint, cases.blueprint, outcomes.blueprint, orders.blueprint, exposure.blueprint,
    rulebook.blueprint, timelines.blueprint,
    log.blueprint, trail.blueprint, traces.blueprint, reads.blueprint, samples.blueprint, sample_visits.blueprint,
    verify.blueprint, complaint_rooms.blueprint, complaints.blueprint,
)  # fmt: skip

__all__ = ["blueprints"]
