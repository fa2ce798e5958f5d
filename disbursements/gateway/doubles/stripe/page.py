"""What the double shows to people: the payment page, and its own switches. It says at once that it takes no money."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from disbursements.gateway.doubles.stripe import disputing, moving, taking, visits
from disbursements.gateway.doubles.stripe.asking import ApiError
from disbursements.gateway.doubles.stripe.cards import OUTCOMES
from disbursements.gateway.doubles.stripe.faults import Fault

if TYPE_CHECKING:
    from disbursements.gateway.doubles.stripe.app import StripeDouble

Answer = tuple[int, list[tuple[str, str]], bytes]
STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:32rem;margin:2rem auto;padding:0 1rem;color:#1d2433;background:#fff}"
    ".note{background:#fdf3d8;padding:.75rem 1rem;border-radius:.4rem}.no{background:#fcebe9}"
    "label{display:block;padding:.5rem 0}fieldset{border:1px solid #5b6475;border-radius:.4rem}"
    "button{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:.4rem;background:#9a4d17;color:#fff}"
    "a{color:#9a4d17}input[type=text],input[type=email]{font:inherit;width:100%;padding:.4rem;box-sizing:border-box}"
)
WORDS = {
    "en": {
        "title": "Payment page (imitation)",
        "note": "This page stands in for the card provider, on this machine only. It takes no card and no money.",
        "pay": "Pay",
        "how": "How shall the payment end?",
        "name": "Name (optional)",
        "email": "E-mail (optional)",
        "back": "Go back without paying",
        "over": "This visit is over.",
        "ask": "The bank asks: is it you who pays?",
        "yes": "Yes, it is me",
        "no": "No",
    },
    "fr": {
        "title": "Page de paiement (imitation)",
        "note": "Cette page imite le prestataire de cartes, sur cette machine. Elle ne prend ni carte ni argent.",
        "pay": "Payer",
        "how": "Comment le paiement doit-il finir ?",
        "name": "Nom (facultatif)",
        "email": "E-mail (facultatif)",
        "back": "Revenir sans payer",
        "over": "Cette visite est finie.",
        "ask": "La banque demande : est-ce bien vous qui payez ?",
        "yes": "Oui, c’est moi",
        "no": "Non",
    },
}


def answer(double: StripeDouble, environ: dict[str, Any]) -> Answer:
    """The payment page of one visit, or one of the double's switches."""
    parts = environ["PATH_INFO"].strip("/").split("/")
    size = int(environ.get("CONTENT_LENGTH") or 0)
    raw = environ["wsgi.input"].read(size).decode()
    try:
        if parts[:2] == ["c", "pay"] and len(parts) == 3:  # noqa: PLR2004 -- c, pay, id
            return _visit(double, parts[2], raw if environ["REQUEST_METHOD"] == "POST" else None)
        if parts[0] == "_double":
            return _switch(double, environ["REQUEST_METHOD"], parts[1:], raw)
    except ApiError as error:
        return _json(error.status, error.body)
    return _json(404, {"error": {"message": "Nothing stands here."}})


def _json(status: int, found: Any) -> Answer:
    return status, [("Content-Type", "application/json")], json.dumps(found).encode()


def _html(words: dict[str, str], language: str, body: str) -> Answer:
    text = (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>{words['title']}</title>"
        f"<style>{STYLE}</style></head><body><main><h1>{words['title']}</h1>"
        f'<p class="note">{words["note"]}</p>{body}</main></body></html>'
    )
    return 200, [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")], text.encode()


def _visit(double: StripeDouble, ident: str, raw: str | None) -> Answer:
    session = double.act(lambda world, asked: visits.get_session(world, asked, ident))
    language = session["locale"] if session["locale"] in WORDS else "en"
    words, said = WORDS[language], ""
    if session["status"] != "open":
        return _html(words, language, f"<p>{words['over']}</p>")
    if raw is not None:
        sent = dict(parse_qsl(raw))
        try:
            session = double.act(lambda world, asked: _pay(world, asked, ident, sent))
        except ApiError as error:
            said = str(error)
    if session["status"] == "complete":
        url = (session["success_url"] or "/").replace("{CHECKOUT_SESSION_ID}", ident)
        return 303, [("Location", url)], b""
    intent = double.store.find(session["payment_intent"] or "") or {}
    if intent.get("status") == "requires_action" and not said:
        return _html(words, language, _question(words))
    return _html(words, language, _form(words, session, said))


def _pay(world: Any, asked: Any, ident: str, sent: dict[str, str]) -> Any:
    if "agreed" in sent:
        return visits.confirm_at_bank(world, asked, ident, agreed=sent["agreed"] == "yes")
    outcome = OUTCOMES.get(sent.get("number", ""))
    if outcome is None:
        raise ApiError(400, "card_declined", "This page takes the published test numbers only.")
    name, email = sent.get("name", ""), sent.get("email", "")
    return visits.pay_session(world, asked, ident, outcome, name=name, email=email)


def _form(words: dict[str, str], session: dict[str, Any], said: str) -> str:
    amount = f"{session['amount_total'] // 100}.{session['amount_total'] % 100:02} {session['currency'].upper()}"
    choices = "".join(
        f'<label><input type="radio" name="number" value="{number}"{" checked" if not place else ""}> '
        f"{escape(outcome.label)} <small>({number})</small></label>"
        for place, (number, outcome) in enumerate(OUTCOMES.items())
    )
    wrong = f'<p class="note no" role="alert">{escape(said)}</p>' if said else ""
    back = f'<p><a href="{escape(session["cancel_url"])}">{words["back"]}</a></p>' if session["cancel_url"] else ""
    return (
        f'<p><strong>{amount}</strong></p>{wrong}<form method="post"><fieldset><legend>{words["how"]}</legend>{choices}'
        f'</fieldset><label>{words["name"]} <input type="text" name="name" autocomplete="name"></label>'
        f'<label>{words["email"]} <input type="email" name="email" autocomplete="email"></label>'
        f'<p><button type="submit">{words["pay"]} {amount}</button></p></form>{back}'
    )


def _question(words: dict[str, str]) -> str:
    return (
        f'<form method="post"><p>{words["ask"]}</p><p><button name="agreed" value="yes">{words["yes"]}</button> '
        f'<button name="agreed" value="no">{words["no"]}</button></p></form>'
    )


def _switch(double: StripeDouble, method: str, parts: list[str], raw: str) -> Answer:
    """/_double/faults, /_double/clock, and what happens by itself: transfers, payouts, sessions, refunds, disputes."""
    what, *rest = parts
    if what == "faults":
        if method == "POST":
            double.faults.switch_on(Fault(**json.loads(raw)))
        elif method == "DELETE":
            double.faults.clear()
        return _json(200, [vars(fault) for fault in double.faults.on])
    if what == "clock":
        double.ahead += float(json.loads(raw)["forward"])
        return _json(200, {"now": int(double.clock())})
    happens = {
        ("transfers", "return"): moving.reverse_transfer,
        ("payouts", "paid"): lambda world, asked, ident: moving.end_payout(world, asked, ident, "paid"),
        ("payouts", "failed"): lambda world, asked, ident: moving.end_payout(world, asked, ident, "failed"),
        ("sessions", "decide"): visits.decide_later,
        ("sessions", "expire"): visits.expire_session,
        ("refunds", "fail"): taking.fail_refund,
        ("charges", "dispute"): disputing.open_dispute,
        ("disputes", "escalate"): disputing.escalate,
        ("disputes", "won"): lambda world, asked, ident: disputing.decide(world, asked, ident, won=True),
        ("disputes", "lost"): lambda world, asked, ident: disputing.decide(world, asked, ident, won=False),
    }
    if len(rest) == 2 and (what, rest[1]) in happens and method == "POST":  # noqa: PLR2004 -- id and what happens
        act = happens[what, rest[1]]
        return _json(200, double.act(lambda world, asked: act(world, asked, rest[0])))
    return _json(404, {"error": {"message": "No such switch."}})
