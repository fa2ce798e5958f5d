"""The card provider's double: stateful, and hostile when told so. Its shapes are held to the provider's description.

`StripeDouble` is a WSGI app; `server.serve` runs it on this machine only.
"""

from disbursements.gateway.doubles.stripe.app import StripeDouble
from disbursements.gateway.doubles.stripe.faults import Fault

__all__ = ["Fault", "StripeDouble"]
