"""Kinds of journal entry of this stage."""

from django.utils.translation import gettext_lazy as _

from fundmgmt.kinds import Kind, register_kinds

CHANGE = "disbursements.amendment"
CHANGE_FACTS = ("no", "change", "decider", "rule", "moved_bp", "decision")
DISPUTE = ("gift", "amount_minor", "currency", "code", "until")
ANSWER = ("gift", "no", "answer")
GIVING_BACK = ("gift", "no", "amount_minor", "currency")

WORDING = ("wording", "from_date", "decided_in", "sha256")
BY_HAND = ("sha256", "copy", "signed_date", "language", "witness_role")

register_kinds(
    [
        Kind("disbursements.pledge.begin", _("Pledge announced"), ("amount_minor", "currency", "donor", "earmark")),
        Kind("disbursements.pledge.sign", _("Pledge signed")),
        Kind(
            "disbursements.pledge.receive_part", _("Part of a pledge received"), ("amount_minor", "currency", "entry")
        ),
        Kind("disbursements.pledge.receive_all", _("Pledge received in full"), ("amount_minor", "currency", "entry")),
        Kind(
            "disbursements.pledge.receive_more", _("More of a pledge received"), ("amount_minor", "currency", "entry")
        ),
        Kind("disbursements.pledge.write_off", _("Rest of a pledge written off"), ("amount_minor", "currency")),
        Kind("disbursements.donor.add", _("Donor added"), ("code", "kind")),
        Kind("disbursements.donor.check", _("Donor checked"), ("code", "outcome", "until")),
        Kind("disbursements.donor.name_reader", _("Reader of a donor's statement named"), ("code", "person")),
        Kind("disbursements.donor.drop_reader", _("Reader of a donor's statement taken off"), ("code", "person")),
        Kind(
            "disbursements.contribution.add",
            _("Contribution received"),
            ("amount_minor", "currency", "donor", "received_date", "entry"),
        ),
        Kind(
            "disbursements.entry.take_back",
            _("Entry of the ledger taken back as a mistake"),
            ("entry", "kind", "reversal", "amount_minor", "currency"),
        ),
        Kind(
            "disbursements.pledge.lose_part",
            _("Part of a pledge had not arrived"),
            ("amount_minor", "currency", "entry"),
        ),
        Kind(
            "disbursements.pledge.lose_all", _("Nothing of a pledge had arrived"), ("amount_minor", "currency", "entry")
        ),
        Kind("disbursements.donation.begin", _("Gift begun"), ("amount_minor", "currency", "earmark")),
        Kind("disbursements.donation.open_visit", _("Payment page opened")),
        Kind("disbursements.donation.wait", _("Gift on its way by bank debit"), ("amount_minor", "currency")),
        Kind("disbursements.donation.pay", _("Gift paid"), ("amount_minor", "currency", "entry", "receipt")),
        Kind("disbursements.donation.fail", _("Gift failed"), ("amount_minor", "currency")),
        Kind("disbursements.donation.expire", _("Visit ended without a gift"), ("amount_minor", "currency")),
        Kind("disbursements.donation.give_back_part", _("Part of a gift given back"), GIVING_BACK),
        Kind("disbursements.donation.give_back_all", _("Gift given back"), GIVING_BACK),
        Kind("disbursements.donation.hold_part", _("Part of what was given back did not arrive"), GIVING_BACK),
        Kind("disbursements.donation.hold_all", _("What was given back did not arrive"), GIVING_BACK),
        Kind("disbursements.givingback.begin", _("Giving back proposed"), (*GIVING_BACK, "outside")),
        Kind("disbursements.givingback.confirm", _("Giving back confirmed"), GIVING_BACK),
        Kind("disbursements.givingback.decline", _("Giving back declined"), GIVING_BACK),
        Kind("disbursements.givingback.finish", _("Given back by the card provider"), GIVING_BACK),
        Kind("disbursements.givingback.fail", _("Giving back failed"), GIVING_BACK),
        Kind("disbursements.dispute.begin", _("A giver's bank asks about a gift"), DISPUTE),
        Kind("disbursements.dispute.open", _("Gift disputed"), DISPUTE),
        Kind(
            "disbursements.dispute.move",
            _("Money of a dispute moved"),
            ("gift", "amount_minor", "fee_minor", "currency", "moved_date"),
        ),
        Kind("disbursements.dispute.answer", _("Answer to a dispute is with the bank"), DISPUTE),
        Kind("disbursements.dispute.win", _("Dispute won"), DISPUTE),
        Kind("disbursements.dispute.lose", _("Dispute lost"), DISPUTE),
        Kind("disbursements.dispute.close", _("Dispute closed without effect"), DISPUTE),
        Kind("disbursements.disputeanswer.begin", _("Answer to a dispute proposed"), ANSWER),
        Kind("disbursements.disputeanswer.confirm", _("Answer to a dispute confirmed"), ANSWER),
        Kind("disbursements.disputeanswer.decline", _("Answer to a dispute declined"), ANSWER),
        Kind("disbursements.disputeanswer.finish", _("Answer to a dispute sent"), ANSWER),
        Kind("disbursements.disputeanswer.fail", _("Answer to a dispute not taken"), ANSWER),
        Kind(
            "disbursements.own_money.move",
            _("Money moved between the fund's own accounts"),
            ("amount_minor", "currency", "source", "target", "entry"),
        ),
        Kind("disbursements.cost.add", _("Running cost booked"), ("amount_minor", "currency", "entry")),
        Kind("disbursements.rate.add", _("Exchange rate recorded"), ("base", "quote", "on_date")),
        Kind(
            "disbursements.grant.begin",
            _("Grant opened"),
            ("amount_minor", "currency", "schedule", "warned"),
            case=True,
        ),
        Kind("disbursements.grant.prepare", _("Agreement prepared"), ("sha256", "language", "wording")),
        Kind("disbursements.grant.ask_code", _("Code to sign the agreement asked for"), ("sha256", "channel")),
        Kind("disbursements.grant.miss_code", _("Code to sign the agreement cannot be sent"), ("channel", "why")),
        Kind(
            "disbursements.grant.sign",
            _("Agreement signed by the grantee"),
            ("sha256", "how", "channel", "attempts"),
            case=True,
        ),
        Kind("disbursements.grant.sign_on_paper", _("Agreement signed by the grantee on paper"), BY_HAND, case=True),
        Kind("disbursements.grant.sign_by_mark", _("Agreement signed with a mark"), BY_HAND, case=True),
        Kind("disbursements.grant.seal", _("Signatures of the agreement sealed"), ("sha256", "seq", "head")),
        Kind(
            "disbursements.grant.countersign",
            _("Agreement signed by the fund"),
            ("amount_minor", "currency", "entry", "sha256", "compared"),
            case=True,
        ),
        Kind("disbursements.grant.activate", _("Grant active"), ("start_date",), case=True),
        Kind("disbursements.grant.suspend", _("Payments stopped"), ("hold",), case=True),
        Kind("disbursements.grant.resume_draft", _("Payments possible again"), ("hold",), case=True),
        Kind("disbursements.grant.resume_signed", _("Payments possible again"), ("hold",), case=True),
        Kind("disbursements.grant.resume_active", _("Payments possible again"), ("hold",), case=True),
        Kind("disbursements.grant.resume_ended", _("Payments possible again"), ("hold",), case=True),
        Kind("disbursements.grant.resume_closing", _("Payments possible again"), ("hold",), case=True),
        Kind("disbursements.grant.end", _("Project ended"), ("end_date",), case=True),
        Kind("disbursements.grant.begin_closing", _("Close-out begun"), case=True),
        Kind(
            "disbursements.grant.close",
            _("Grant closed"),
            ("close_code", "paid_minor", "spent_minor", "refunded_minor", "currency"),
            case=True,
        ),
        Kind("disbursements.grant.terminate", _("Grant terminated"), ("close_code",), case=True),
        Kind(
            "disbursements.grant.decision_waits",
            _("A decision of the Committee cannot take effect yet"),
            ("decision", "decision_type"),
        ),
        Kind("disbursements.grant.tick", _("Close-out item settled"), ("code",)),
        Kind("disbursements.grant.settle", _("Close-out item settled by a step"), ("code",)),
        Kind("disbursements.grant.unsettle", _("Close-out item open again"), ("code",)),
        Kind("disbursements.asset.add", _("Thing put on the list"), ("value_minor", "currency")),
        Kind("disbursements.asset.strike", _("Thing struck from the list"), ("value_minor", "currency")),
        Kind("disbursements.asset.hand_over", _("Thing handed over"), ("handed_date",)),
        Kind("disbursements.feedback.give", _("Grantee's opinion of the fund given"), ("clear", "in_time", "heard")),
        Kind(
            "disbursements.grant.record_spent",
            _("Spending of an accepted report recorded"),
            ("report_no", "spent_minor", "total_minor", "currency"),
            case=True,
        ),
        Kind(
            "disbursements.grant.state_spent",
            _("Spending of a report that is handed in"),
            ("report_no", "spent_minor", "currency"),
        ),
        Kind(
            "disbursements.grant.record_refund",
            _("Unspent money returned"),
            ("amount_minor", "currency", "received_date", "entry"),
            case=True,
        ),
        Kind("disbursements.condition.meet", _("Condition met"), ("condition", "kind", "code", "tranche"), case=True),
        Kind(
            "disbursements.condition.unmeet",
            _("Condition open again"),
            ("condition", "kind", "code", "tranche"),
            case=True,
        ),
        Kind("disbursements.grant.renew_diligence", _("Due diligence renewed"), ("until", "psea_until"), case=True),
        Kind(f"{CHANGE}.begin", _("Change of the terms asked for"), CHANGE_FACTS, case=True),
        Kind(f"{CHANGE}.notify", _("Small shift of the budget notified"), CHANGE_FACTS, case=True),
        Kind(f"{CHANGE}.approve", _("Change of the terms approved"), CHANGE_FACTS, case=True),
        Kind(f"{CHANGE}.approve_by_committee", _("Change approved by the Committee"), CHANGE_FACTS, case=True),
        Kind(f"{CHANGE}.refuse", _("Change of the terms not approved"), CHANGE_FACTS, case=True),
        Kind(f"{CHANGE}.withdraw", _("Change of the terms withdrawn"), CHANGE_FACTS),
        Kind(f"{CHANGE}.apply", _("Change of the terms in force"), (*CHANGE_FACTS, "terms")),
        Kind("disbursements.grant.amend", _("Terms of the grant changed"), (*CHANGE_FACTS, "terms", "end_date")),
        Kind(
            "disbursements.tranche.replan",
            _("Tranche planned anew"),
            ("no", "amount_minor", "currency", "share_bp", "planned_date"),
        ),
        Kind("disbursements.agreementwording.begin", _("Wording of the agreement proposed"), WORDING),
        Kind("disbursements.agreementwording.enact", _("Wording of the agreement put in force"), WORDING),
        Kind("disbursements.agreementwording.decline", _("Wording of the agreement not used"), WORDING),
        Kind("disbursements.waiver.begin", _("Waiver of a condition proposed"), ("no", "code", "condition"), case=True),
        Kind(
            "disbursements.waiver.confirm", _("Waiver of a condition confirmed"), ("no", "code", "condition"), case=True
        ),
        Kind("disbursements.waiver.refuse", _("Condition not waived"), ("no", "code", "condition")),
        Kind(
            "disbursements.doubt.begin", _("Payment looks like another"), ("no", "doubt_kind", "other"), restricted=True
        ),
        Kind("disbursements.doubt.clear", _("Payment is not the same"), ("no", "doubt_kind", "other"), restricted=True),
        Kind("disbursements.tie.declare", _("Link with an organisation declared"), ("tie_kind",), restricted=True),
        Kind("disbursements.tie.end", _("Link with an organisation ended"), restricted=True),
        Kind("disbursements.finding.note", _("Finding of high priority noted"), ("found_date",), case=True),
        Kind("disbursements.finding.answer", _("Finding answered"), ("found_date",), case=True),
        Kind("disbursements.hold.begin", _("Hold opened"), ("hold_kind", "review_date"), restricted=True),
        Kind("disbursements.hold.look_again", _("Hold looked at again"), ("review_date",), restricted=True),
        Kind("disbursements.hold.propose_lift", _("Lifting of a hold proposed"), restricted=True),
        Kind("disbursements.hold.confirm_lift", _("Hold lifted"), restricted=True),
        Kind("disbursements.hold.lift_by_decision", _("Hold lifted by the Committee"), ("decision",), restricted=True),
        Kind("disbursements.hold.keep", _("Hold kept"), restricted=True),
        Kind("disbursements.bankdetail.enter", _("Bank details entered"), ("version", "change", "detail_kind")),
        Kind("disbursements.bankdetail.verify", _("Bank details verified by call-back"), ("version", "usable_from")),
        Kind("disbursements.bankdetail.refuse", _("Bank details not accepted"), ("version",)),
        Kind(
            "disbursements.tranche.begin",
            _("Tranche planned"),
            ("no", "amount_minor", "currency", "share_bp", "planned_date"),
        ),
        Kind(
            "disbursements.tranche.request",
            _("Tranche requested"),
            ("no", "amount_minor", "currency", "spent_minor", "request", "by_line", "interest_minor"),
            case=True,
        ),
        Kind("disbursements.tranche.return_request", _("Tranche request returned"), ("no", "amount_minor", "currency")),
        Kind(
            "disbursements.tranche.check_request",
            _("Tranche request checked"),
            ("no", "amount_minor", "currency"),
            case=True,
        ),
        Kind(
            "disbursements.tranche.block",
            _("Tranche blocked"),
            ("no", "amount_minor", "currency", "unmet", "spent_minor", "of_minor", "share_bp"),
            case=True,
        ),
        Kind("disbursements.tranche.unblock", _("Tranche free again"), ("no", "amount_minor", "currency"), case=True),
        Kind(
            "disbursements.tranche.approve",
            _("Tranche approved"),
            ("no", "amount_minor", "currency", "payload", "given", "needed", "rule"),
            case=True,
        ),
        Kind(
            "disbursements.tranche.add_approval",
            _("One of several approvals given"),
            ("no", "amount_minor", "currency", "payload", "given", "needed", "rule"),
        ),
        Kind("disbursements.tranche.void_approval", _("Approval void"), ("no", "amount_minor", "currency")),
        Kind(
            "disbursements.tranche.issue_order",
            _("Payment order issued"),
            ("no", "amount_minor", "currency", "key", "sha256", "rail"),
        ),
        Kind(
            "disbursements.tranche.withdraw_order",
            _("Payment order withdrawn"),
            ("no", "amount_minor", "currency", "key", "rail"),
        ),
        Kind(
            "disbursements.tranche.decide_again",
            _("Decided to pay again after a failure"),
            ("no", "amount_minor", "currency", "key", "rail"),
        ),
        Kind(
            "disbursements.tranche.release",
            _("Tranche sent"),
            ("no", "amount_minor", "currency", "bank_date", "entry", "rail", "key"),
            case=True,
        ),
        Kind(
            "disbursements.tranche.unsend",
            _("Tranche not paid, back to approved"),
            ("no", "amount_minor", "currency", "entry", "rail", "key"),
            case=True,
        ),
        Kind(
            "disbursements.tranche.send",
            _("Tranche sent"),
            ("no", "amount_minor", "currency", "bank_reference", "bank_date", "entry", "rail"),
            case=True,
        ),
        Kind(
            "disbursements.tranche.confirm",
            _("Tranche confirmed by the grantee"),
            ("no", "amount_minor", "currency", "received_date", "entry"),
            case=True,
        ),
        Kind(
            "disbursements.tranche.lift_planned",
            _("Tranche free to go on"),
            ("no", "amount_minor", "currency", "hold"),
            case=True,
        ),
        Kind(
            "disbursements.tranche.lift_requested",
            _("Tranche free to go on"),
            ("no", "amount_minor", "currency", "hold"),
            case=True,
        ),
        Kind(
            "disbursements.tranche.lift_checked",
            _("Tranche free to go on"),
            ("no", "amount_minor", "currency", "hold"),
            case=True,
        ),
        Kind(
            "disbursements.tranche.lift_blocked",
            _("Tranche free to go on"),
            ("no", "amount_minor", "currency", "hold"),
            case=True,
        ),
        Kind(
            "disbursements.tranche.lift_approved",
            _("Tranche free to go on"),
            ("no", "amount_minor", "currency", "hold"),
            case=True,
        ),
        Kind("disbursements.tranche.hold", _("Tranche on hold"), ("no", "amount_minor", "currency", "hold"), case=True),
        Kind("disbursements.tranche.cancel", _("Tranche cancelled"), ("no", "amount_minor", "currency"), case=True),
        Kind(
            "disbursements.tranche.reverse",
            _("Tranche returned by the bank"),
            ("no", "amount_minor", "currency", "entry", "replaced_by"),
            case=True,
        ),
        Kind(
            "disbursements.paymentinstruction.begin",
            _("Payment instruction prepared"),
            ("no", "amount_minor", "currency", "rail", "key"),
        ),
        Kind(
            "disbursements.paymentinstruction.accept",
            _("Instruction accepted by the rail"),
            ("no", "amount_minor", "currency", "rail", "key"),
        ),
        Kind(
            "disbursements.paymentinstruction.lose_sight",
            _("Instruction: answer not known"),
            ("no", "amount_minor", "currency", "rail", "key"),
        ),
        Kind(
            "disbursements.paymentinstruction.settle",
            _("Instruction paid"),
            ("no", "amount_minor", "currency", "rail", "key"),
        ),
        Kind(
            "disbursements.paymentinstruction.fail",
            _("Instruction failed"),
            ("no", "amount_minor", "currency", "rail", "key", "code"),
        ),
        Kind(
            "disbursements.paymentinstruction.allow_again",
            _("Another instruction may follow"),
            ("no", "amount_minor", "currency", "rail", "key"),
        ),
        Kind(
            "disbursements.paymentinstruction.pay_late",
            _("Counted as failed, paid after all"),
            ("no", "amount_minor", "currency", "rail", "key"),
        ),
        Kind("disbursements.outbox.park", _("Work for a rail parked"), ("code", "key", "attempts")),
        Kind("disbursements.outbox.retry", _("Parked work tried again"), ("code", "key")),
        Kind(
            "disbursements.paymentinstruction.come_back",
            _("Payment returned"),
            ("no", "amount_minor", "currency", "rail", "key"),
        ),
    ]
)

PAYMENT = ("no", "amount_minor", "currency", "grant")
LINE = ("line", "amount_minor", "currency", "booked", "kind", "how", "entry")

register_kinds(
    [
        Kind("disbursements.fundaccount.add", _("Own account recorded"), ("currency", "valid_from")),
        Kind("disbursements.paymentbatch.begin", _("Batch of payments opened"), ("code", "on_date", "layout")),
        Kind("disbursements.paymentbatch.put_in", _("Payments put into a batch"), ("code", "tranches", "count")),
        Kind("disbursements.paymentbatch.take_out", _("Payment taken out of a batch"), ("code", *PAYMENT)),
        Kind(
            "disbursements.paymentbatch.release",
            _("Batch of payments released"),
            ("code", "count", "currencies", "totals_minor", "sha256", "layout"),
        ),
        Kind("disbursements.paymentbatch.hand_over", _("Payment file handed to the bank"), ("code", "sha256")),
        Kind("disbursements.paymentbatch.settle", _("Batch of payments settled"), ("code", "count")),
        Kind("disbursements.paymentbatch.drop", _("Batch of payments dropped"), ("code",)),
        Kind(
            "disbursements.statementfile.add",
            _("Bank statement imported"),
            ("sha256", "format", "statements", "lines", "currencies"),
        ),
        Kind("disbursements.statementline.begin", _("Line of a statement read"), LINE),
        Kind("disbursements.statementline.tie", _("Line matched"), LINE),
        Kind("disbursements.statementline.propose", _("What a line is was proposed"), LINE),
        Kind("disbursements.statementline.confirm", _("Line confirmed and booked"), LINE),
        Kind("disbursements.statementline.refuse", _("Proposal for a line refused"), LINE),
        Kind("disbursements.statementline.ask", _("Bank asked about a line"), LINE),
        Kind("disbursements.statementline.untie", _("Match of a line undone"), LINE),
        Kind(
            "disbursements.closedday.add",
            _("Bank account closed up to a day"),
            ("day", "currency", "balance_minor", "count", "seal"),
        ),
        Kind(
            "disbursements.railcheck.add",
            _("Rail compared with our book"),
            ("rail", "start", "end", "ours", "theirs", "agreed", "count"),
        ),
        Kind("disbursements.railfinding.begin", _("Difference with a rail found"), ("rail", "kind", "key")),
        Kind("disbursements.railfinding.explain", _("Difference with a rail explained"), ("rail", "kind", "key")),
        Kind("disbursements.railfinding.clear", _("Difference with a rail gone"), ("rail", "kind", "key")),
    ]
)
