"""Messages of the card provider: genuine and of our time, or nothing.

A message only says about which key to ask. The library refuses a wrong signature, an altered body and an old
moment; it takes any moment of the future, so that is refused here.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import stripe

from disbursements.gateway.protocol import RailEvent
from disbursements.gateway.stripe_client import StripeAccess, access, client, patience

if TYPE_CHECKING:
    from collections.abc import Mapping

TOLERANCE = 300  # seconds between its clock and ours
MOMENT = re.compile(r"(?:^|,)t=(\d{1,12})(?:,|$)")
DISPUTE = "dispute:"  # a dispute is asked about by the provider's own name of it
LIVE = ("sk_live_", "rk_live_")


def genuine_message(raw: bytes, headers: Mapping[str, str], known: StripeAccess | None = None) -> RailEvent | None:
    """The message when the provider signed it with one of our secrets, for this account and in our time; else None."""
    known = known or access()
    signed = headers.get("stripe-signature", "")
    moment = MOMENT.search(signed)
    if not known.ready or moment is None or int(moment[1]) > time.time() + TOLERANCE:
        return None
    for secret in known.webhook_secrets:
        try:
            event = client(known, patience()).construct_event(raw, signed, secret, TOLERANCE)
        except (stripe.SignatureVerificationError, ValueError):
            continue
        return _about(event.to_dict(), live=known.secret_key.startswith(LIVE))
    return None


def _about(event: dict[str, Any], *, live: bool) -> RailEvent | None:
    """Its number and the key of ours it is about; none of ours has the key ''. Trial and earnest never mix."""
    if event.get("livemode") is not live or not event.get("id"):
        return None
    about = event["data"]["object"]
    if about.get("object") == "dispute":
        return RailEvent(event_id=event["id"], key=f"{DISPUTE}{about.get('id', '')}"[:64], state=event["type"])
    key = about.get("transfer_group") or about.get("client_reference_id") or (about.get("metadata") or {}).get("key")
    return RailEvent(event_id=event["id"], key=str(key or "")[:64], state=event["type"])
