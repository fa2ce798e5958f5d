"""What all handlers share: the store, the clock, the book of every account, and what there is to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from disbursements.gateway.doubles.stripe import shapes
from disbursements.gateway.doubles.stripe.asking import ApiError, Asked
from disbursements.gateway.doubles.stripe.store import PLATFORM

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from disbursements.gateway.doubles.stripe.store import Store

Thing = dict[str, Any]
MOST_IN_A_LIST = 100
DISPUTE_FEE = 1_500  # fifteen of the account's currency, given back when the dispute is won
FEE_BP, FEE_FIXED = 290, 30  # what the provider keeps of a card payment: 2.9 % and thirty cents


class World:
    """The provider's side. `settles` says into which currency money of another one is changed, and at how many bp."""

    def __init__(
        self, store: Store, clock: Callable[[], float], public_url: str, settles: Mapping[str, tuple[str, int]]
    ) -> None:
        self.store, self.clock, self.public_url, self.settles = store, clock, public_url, settles
        self.news: list[Thing] = []
        self.fee_comes_back = True  # in some countries the fee of a dispute stays with the provider

    def now(self) -> int:
        """Seconds, as the provider writes moments."""
        return int(self.clock())

    def get(self, kind: str, ident: str) -> Thing:
        """An object that must be there."""
        found = self.store.find(ident)
        if found is None or found["object"] != kind:
            raise ApiError(404, "resource_missing", f"No such {kind}: '{ident}'", param="id")
        return found

    def tell(self, kind: str, about: Thing, asked: Asked) -> None:
        """Keep an event; the app hands it to the courier once the work is committed."""
        event = shapes.event(self.now(), kind, about, request="", key=asked.key)
        if asked.account:
            event["account"] = asked.account
        self.store.keep(event, asked.account, kind)
        self.news.append(event)

    def book(self, account: str, amount: int, currency: str, kind: str, *, source: str) -> Thing:
        """Move money of an account and write the line that says so."""
        line = shapes.balance_transaction(self.now(), amount, currency, kind, source=source)
        self.store.add_money(account, currency, amount)
        return self.store.keep(line, account, source)

    def adjust(self, amount: int, fee: int, currency: str, *, source: str) -> Thing:
        """Take for a dispute, or bring back, even beyond what there is; the fee is beside the amount."""
        line = shapes.balance_transaction(self.now(), amount, currency, "adjustment", source=source, fee=fee)
        self.store.add_money(PLATFORM, currency, amount - fee)
        return self.store.keep(line, PLATFORM, source)

    def take_in(self, amount: int, currency: str, kind: str, *, source: str, fee_of: tuple[int, int]) -> Thing:
        """Money of somebody outside arrives: changed where the account does not hold its currency, less the fee."""
        into, rate_bp = self.settles.get(currency, (currency, 10_000))
        settled = amount * rate_bp // 10_000
        fee = settled * fee_of[0] // 10_000 + fee_of[1]
        line = shapes.balance_transaction(self.now(), settled, into, kind, source=source, fee=fee)
        if into != currency:
            line["exchange_rate"] = rate_bp / 10_000  # the provider writes rates so
        self.store.add_money(PLATFORM, into, settled - fee)
        return self.store.keep(line, PLATFORM, source)

    def held(self, account: str, currency: str, amount: int) -> None:
        """Refuse what an account does not hold."""
        if self.store.money(account).get(currency, 0) < amount:
            raise ApiError(400, "balance_insufficient", "You have insufficient available funds in your account.")

    def listed(self, url: str, rows: list[Thing], asked: Asked) -> Thing:
        """One page of a list, newest first, of the time that was asked for."""
        born = asked.part("created")
        low, high = int(born.get("gte", 0)), int(born.get("lt", 0)) or int(born.get("lte", -1)) + 1
        rows = [row for row in rows if row["created"] >= low and (not high or row["created"] < high)]
        after = asked.text("starting_after")
        if after:
            at = next((number for number, row in enumerate(rows) if row["id"] == after), len(rows))
            rows = rows[at + 1 :]
        limit = min(asked.number("limit", 10), MOST_IN_A_LIST)
        return shapes.page(url, rows[:limit], len(rows) > limit)

    def changed(self, thing: Thing, asked: Asked) -> Thing:
        """New metadata and description."""
        thing["metadata"] = {**thing["metadata"], **asked.part("metadata")}
        if "description" in asked.params and "description" in thing:
            thing["description"] = asked.text("description")
        return self.store.keep(thing)

    def expand(self, thing: Any, path: list[str]) -> Any:
        """Put objects in the place of their ids, along a path such as data.payment_intent."""
        if isinstance(thing, list):
            return [self.expand(part, path) for part in thing]
        if not path:
            return thing
        if not isinstance(thing, dict) or path[0] not in thing:
            raise ApiError(400, "parameter_unknown", f"This property cannot be expanded ({path[0]}).", param="expand")
        inside = thing[path[0]]
        if isinstance(inside, str):
            inside = self.store.find(inside) or inside
        if inside is None or (isinstance(inside, str) and len(path) > 1):
            return thing
        return {**thing, path[0]: self.expand(inside, path[1:])}
