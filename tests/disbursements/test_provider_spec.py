"""The checker itself: it must find what is wrong, or it proves nothing."""

import json

import pytest

from disbursements.gateway.doubles.stripe import shapes
from tests.provider_spec import description, operation_of, wrong_answer, wrong_event, wrong_request

TRANSFER = "amount=100&currency=usd&destination=acct_1&transfer_group=disb:1:v1&metadata[key]=disb:1:v1"
GIFT = (
    "mode=payment&submit_type=donate&success_url=http://here&line_items[0][quantity]=1"
    "&line_items[0][price_data][currency]=eur&line_items[0][price_data][unit_amount]=100"
    "&line_items[0][price_data][product_data][name]=gift"
)


def test_the_description_is_of_the_version_we_name() -> None:
    from disbursements.gateway.stripe_client import API_VERSION

    assert description()["info"]["version"] == API_VERSION == shapes.API_VERSION
    assert len(description()["paths"]) == 437


@pytest.mark.parametrize(("path", "body"), [("/v1/transfers", TRANSFER), ("/v1/checkout/sessions", GIFT)])
def test_what_is_right_is_let_through(path: str, body: str) -> None:
    assert wrong_request("POST", path, body) == []


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("/v1/transfers", TRANSFER.replace("amount=100", "amount=1.5"), "amount: '1.5' is not of type 'integer'"),
        ("/v1/transfers", TRANSFER.replace("currency=usd&", ""), "'currency' is a required property"),
        ("/v1/transfers", TRANSFER.replace("destination", "destinaton"), "('destinaton' was unexpected)"),
        ("/v1/checkout/sessions", GIFT.replace("donate", "donatee"), "'donatee' is not one of"),
        ("/v1/checkout/sessions", GIFT.replace("unit_amount", "unitamount"), "('unitamount' was unexpected)"),
        ("/v1/transferes", TRANSFER, "not in the description"),
    ],
)
def test_what_is_wrong_is_found(path: str, body: str, says: str) -> None:
    found = wrong_request("POST", path, body)
    assert [says in one for one in found].count(True) == 1


def test_a_query_is_checked_too() -> None:
    assert wrong_request("GET", "/v1/transfers?transfer_group=a&limit=3&created[gte]=1") == []
    assert "('group' was unexpected)" in wrong_request("GET", "/v1/transfers?group=a")[0]


def test_an_answer_is_checked_down_to_its_last_name() -> None:
    made = shapes.transfer(1, 100, "usd", "acct_1")
    assert wrong_answer("POST", "/v1/transfers", 200, json.dumps(made)) == []
    for wrong in ({"amount": "100"}, {"reversed": None}, {"paid": True}, {"reversals": {"data": []}}):
        assert len(wrong_answer("POST", "/v1/transfers", 200, json.dumps({**made, **wrong}))) >= 1, wrong
    assert wrong_answer("POST", "/v1/transfers", 400, json.dumps({"error": {"type": "invalid_request_error"}})) == []
    assert len(wrong_answer("POST", "/v1/transfers", 400, json.dumps(made))) >= 1


def test_an_event_is_checked_with_the_object_in_it() -> None:
    event = shapes.event(1, "transfer.created", shapes.transfer(1, 100, "usd", "acct_1"), request="", key="")
    assert wrong_event(event) == []
    event["data"]["object"]["amount"] = None
    assert len(wrong_event(event)) == 1


def test_an_address_with_a_name_is_told_from_one_with_a_place_to_fill() -> None:
    found = [operation_of("GET", path) for path in ("/v1/checkout/sessions", "/v1/checkout/sessions/cs_1")]
    assert [one.path for one in found if one] == ["/v1/checkout/sessions", "/v1/checkout/sessions/{session}"]
