"""The blueprint `token`, driven by messages as other processes and wallets send them."""

from __future__ import annotations

import json

import pytest
from blueprint_process import failure, handler_names, load, loaded, only, sent
from runtime_process import ALICE, BOB, OWNER, PROCESS, Process

from aos_cli.source.blueprints import find_blueprint

FIRST_SUPPLY = 10_000 * 10**12
HANDLERS = ["info", "balance", "balances", "transfer", "mint", "totalSupply", "burn"]
NO_NUMBER = "value cannot be represented by a bint"
INFO = {"name": "test", "ticker": "PNTS", "denomination": "12"}

# Texts that are no amount, and what becomes of them, whichever handler reads them.
NO_AMOUNTS = ["1.5", "abc", "", " 7", "1e3", "7\n", "0x", "--7"]
# 2^256 + 5 and 5 - 2^256 have the same 256 bits as 5.
WRAPPED = [str(2**256 + 5), str(5 - 2**256), hex(2**256 + 5), bin(2**256 + 5)]
NOT_POSITIVE = ["0", "-5", "000", "-0", "9" * 83]


@pytest.fixture
def token() -> Process:
    """A token of which alice holds 100, and the process all others."""
    process = loaded("token")
    process.send("Transfer", sender=PROCESS, Recipient=ALICE, Quantity="100", Cast="yes")
    return process


@pytest.fixture
def patching() -> Process:
    """The same on HyperBEAM."""
    process = loaded("token", Variant="ao.N.1")
    process.send("Transfer", sender=PROCESS, Recipient=ALICE, Quantity="100", Cast="yes")
    return process


def balance(token: Process, address: str) -> int:
    return int(only(token.send("Balance", Recipient=address))["Balance"])


def balances(token: Process) -> dict[str, str]:
    accounts: dict[str, str] = json.loads(only(token.send("Balances"))["Data"])
    return accounts


def supply(token: Process) -> int:
    return int(only(token.send("Total-Supply"))["Data"])


# Loading


def test_it_comes_with_a_first_supply_that_the_process_holds() -> None:
    token = loaded("token")
    assert balances(token) == {PROCESS: str(FIRST_SUPPLY)}
    assert supply(token) == FIRST_SUPPLY
    assert token.says("Name .. ' ' .. Ticker .. ' ' .. Denomination .. ' ' .. Variant") == "test PNTS 12 0.0.3"
    assert token.says("type(Balances[ao.id]) .. type(TotalSupply)") == "stringstring"
    assert handler_names(token) == ["_eval", "_default", *HANDLERS]


def test_a_process_without_a_name_has_points_coin() -> None:
    """In one message, as aos gives every process a name."""
    token = Process()
    assert token.says("Name = nil " + find_blueprint("token").text.decode()) == ""
    assert only(token.send("Info"))["name"] == "Points Coin"


def test_what_was_set_before_is_kept() -> None:
    logo = "logo".ljust(43, "-")
    settings = f"Ticker, Denomination, TotalSupply, Logo, Variant = 'GOLD', 3, '7', '{logo}', 'mine'"
    token = loaded("token", before=f"{settings} Balances = {{ ['{ALICE}'] = '7' }}")
    info = only(token.send("Info"))
    assert [info[name] for name in ("ticker", "denomination", "supply", "logo")] == ["GOLD", "3", "7", logo]
    assert balances(token) == {ALICE: "7"}
    assert token.says("Variant") == "0.0.3"


@pytest.mark.parametrize("denomination", [0, 14, 15, 18, 60, 72])
def test_every_denomination_gives_an_exact_supply(denomination: int) -> None:
    """From 15 on the power is beyond the integers that floats hold exactly."""
    token = loaded("token", before=f"Denomination = {denomination}")
    assert supply(token) == balance(token, PROCESS) == 10_000 * 10**denomination
    token.send("Transfer", sender=PROCESS, Recipient=ALICE, Quantity="1")
    assert balance(token, PROCESS) == 10_000 * 10**denomination - 1


@pytest.mark.parametrize("spelling", ["'18'", "18.0"])
def test_a_denomination_may_be_text_or_a_float(spelling: str) -> None:
    token = loaded("token", before=f"Denomination = {spelling}")
    assert only(token.send("Info"))["denomination"] == "18"
    assert supply(token) == 10**22


@pytest.mark.parametrize("denomination", ["73", "-1", "1.5", "'many'", "{}"])
def test_a_denomination_that_cannot_be_is_refused(denomination: str) -> None:
    process = loaded(before=f"Denomination = {denomination}")
    result = process.eval(find_blueprint("token").text.decode())
    assert failure(result).endswith("Denomination must be a whole number from 0 to 72")
    assert process.says("Balances == nil and #Handlers.list") == "2"


def test_loading_it_again_keeps_the_state_and_replaces_the_handlers(token: Process) -> None:
    token.send("Mint", sender=PROCESS, Quantity="5")
    token.eval("Ticker = 'NEW' Handlers.add('info', 'Info', function() error('spoilt') end)")
    before = balances(token)
    load(token, "token")
    assert handler_names(token) == ["_eval", "_default", *HANDLERS]
    assert balances(token) == before
    info = only(token.send("Info"))
    assert (info["ticker"], info["supply"]) == ("NEW", str(FIRST_SUPPLY + 5))


# Info, Balance, Balances, Total-Supply


def test_info_is_told_in_both_spellings(token: Process) -> None:
    told = {**INFO, "supply": str(FIRST_SUPPLY)}
    assert only(token.send("Info")) == {
        "Target": ALICE,
        **told,
        **{name.title(): value for name, value in told.items()},
    }


def test_info_is_told_in_lower_case_on_hyperbeam(patching: Process) -> None:
    assert only(patching.send("Info")) == {"Target": ALICE, **INFO, "supply": str(FIRST_SUPPLY)}


@pytest.mark.parametrize(
    ("tags", "sender", "account", "digits"),
    [
        ({}, ALICE, ALICE, "100"),
        ({}, BOB, BOB, "0"),
        ({"Recipient": ALICE}, BOB, ALICE, "100"),
        ({"Recipient": BOB}, ALICE, BOB, "0"),
        ({"Target": ALICE}, BOB, ALICE, "100"),
        ({"Target": BOB}, ALICE, BOB, "0"),
        ({"Recipient": ALICE, "Target": BOB}, BOB, ALICE, "100"),
        ({}, PROCESS, PROCESS, str(FIRST_SUPPLY - 100)),
    ],
)
def test_balance_is_of_recipient_target_or_sender(
    token: Process, tags: dict[str, str], sender: str, account: str, digits: str
) -> None:
    answer = only(token.send("Balance", sender=sender, **tags))
    assert answer == {"Target": sender, "Balance": digits, "Ticker": "PNTS", "Account": account, "Data": digits}


def test_asking_for_a_balance_makes_no_account(token: Process) -> None:
    before = balances(token)
    token.send("Balance", Recipient=BOB)
    assert balances(token) == before == {PROCESS: str(FIRST_SUPPLY - 100), ALICE: "100"}


def test_balances_that_a_program_set_as_numbers_are_told_as_digits(token: Process) -> None:
    token.eval(f"Balances = {{ ['{ALICE}'] = 1e15, ['{BOB}'] = 7 }}")
    assert balances(token) == {ALICE: "1" + 15 * "0", BOB: "7"}
    assert balance(token, ALICE) == 10**15


def test_no_balances_are_an_object(token: Process) -> None:
    token.eval("Balances = {}")
    assert only(token.send("Balances")) == {"Target": ALICE, "Data": "{}"}


def test_total_supply_is_told_to_others_only(token: Process) -> None:
    answer = only(token.send("Total-Supply"))
    assert answer == {"Target": ALICE, "Action": "Total-Supply", "Ticker": "PNTS", "Data": str(FIRST_SUPPLY)}
    assert failure(token.send("Total-Supply", sender=PROCESS)) == "Cannot call Total-Supply from the same process!"


# Transfer


def test_a_transfer_moves_and_both_sides_are_told_the_sender_first(token: Process) -> None:
    debit, credit = sent(token.send("Transfer", Recipient=BOB, Quantity="30"))
    assert debit.pop("Data") == f"\x1b[90mYou transferred \x1b[34m30\x1b[90m to \x1b[32m{BOB}\x1b[0m"
    assert debit == {"Target": ALICE, "Action": "Debit-Notice", "Recipient": BOB, "Quantity": "30"}
    assert credit.pop("Data") == f"\x1b[90mYou received \x1b[34m30\x1b[90m from \x1b[32m{ALICE}\x1b[0m"
    assert credit == {"Target": BOB, "Action": "Credit-Notice", "Sender": ALICE, "Quantity": "30"}
    assert balances(token) == {PROCESS: str(FIRST_SUPPLY - 100), ALICE: "70", BOB: "30"}
    assert supply(token) == FIRST_SUPPLY


@pytest.mark.parametrize(
    ("quantity", "moved"), [("007", 7), ("+7", 7), ("0x10", 16), ("0XB", 11), ("0x0b", 11), ("0b101", 5), ("100", 100)]
)
def test_a_quantity_may_be_spelt_in_several_ways_and_is_told_unchanged(
    token: Process, quantity: str, moved: int
) -> None:
    debit, credit = sent(token.send("Transfer", Recipient=BOB, Quantity=quantity))
    assert debit["Quantity"] == credit["Quantity"] == quantity
    assert (balance(token, ALICE), balance(token, BOB)) == (100 - moved, moved)


@pytest.mark.parametrize(
    ("tags", "problem"),
    [
        ({}, "Recipient is required!"),
        ({"Quantity": "abc"}, "Recipient is required!"),
        ({"Recipient": BOB}, "Quantity is required!"),
        *(({"Recipient": BOB, "Quantity": text}, NO_NUMBER) for text in (*NO_AMOUNTS, *WRAPPED)),
        *(({"Recipient": BOB, "Quantity": text}, "Quantity must be greater than 0") for text in NOT_POSITIVE),
    ],
)
def test_a_transfer_with_something_wrong_fails_and_changes_nothing(
    token: Process, tags: dict[str, str], problem: str
) -> None:
    before = balances(token)
    assert failure(token.send("Transfer", **tags)) == problem
    assert balances(token) == before


@pytest.mark.parametrize("quantity", ["101", str(2**255 - 1)])
def test_too_little_is_told_and_leaves_accounts_of_nothing(token: Process, quantity: str) -> None:
    stranger = "stranger".ljust(43, "-")
    result = token.send("Transfer", Recipient=BOB, Quantity=quantity)
    identity = {"Message-Id": only(result)["Message-Id"]}
    assert identity["Message-Id"].startswith("message")
    expected = {"Target": ALICE, "Action": "Transfer-Error", "Error": "Insufficient Balance!", **identity}
    assert only(result) == expected
    token.send("Transfer", sender=stranger, Recipient=ALICE, Quantity="1")
    assert balances(token) == {PROCESS: str(FIRST_SUPPLY - 100), ALICE: "100", BOB: "0", stranger: "0"}


def test_a_transfer_to_oneself_changes_nothing_and_is_told_twice(token: Process) -> None:
    notices = sent(token.send("Transfer", Recipient=ALICE, Quantity="60"))
    assert [notice["Action"] for notice in notices] == ["Debit-Notice", "Credit-Notice"]
    assert balance(token, ALICE) == 100


def test_a_recipient_may_be_any_text(token: Process) -> None:
    for recipient in ("x", "", "two words"):
        token.send("Transfer", Recipient=recipient, Quantity="1")
        assert balances(token)[recipient] == "1"


@pytest.mark.parametrize("cast", ["true", "false", ""])
def test_a_cast_is_told_to_nobody(token: Process, cast: str) -> None:
    assert sent(token.send("Transfer", Recipient=BOB, Quantity="1", Cast=cast)) == []
    assert balance(token, BOB) == 1


def test_forwarded_tags_stand_on_both_notices(token: Process) -> None:
    tags = {"X-Action": "Deposit", "x-note": "rent", "X-Reference": "9", "Y-Note": "stays"}
    for notice in sent(token.send("Transfer", Recipient=BOB, Quantity="1", **tags)):
        forwarded = {name: value for name, value in notice.items() if name[1] == "-"}
        assert forwarded == {"X-Action": "Deposit", "X-Note": "rent", "X-Reference": "9"}


def test_forwarded_tags_stand_on_no_other_answer(token: Process) -> None:
    for action in ("Info", "Balance", "Balances", "Total-Supply"):
        assert "X-Note" not in only(token.send(action, X_Note="rent"))


# Mint and Burn


def test_the_process_mints_for_itself(token: Process) -> None:
    answer = only(token.send("Mint", sender=PROCESS, Quantity="09"))
    assert answer == {"Target": PROCESS, "Data": "Successfully minted 09"}
    assert (balance(token, PROCESS), supply(token)) == (FIRST_SUPPLY - 100 + 9, FIRST_SUPPLY + 9)


@pytest.mark.parametrize("sender", [OWNER, ALICE])
def test_nobody_else_mints_not_even_the_owner(token: Process, sender: str) -> None:
    answer = only(token.send("Mint", sender=sender, Quantity="9"))
    assert answer.pop("Message-Id").startswith("message")
    problem = "Only the Process Id can mint new PNTS tokens!"
    assert answer == {"Target": sender, "Action": "Mint-Error", "Error": problem}
    assert supply(token) == FIRST_SUPPLY


@pytest.mark.parametrize("sender", [PROCESS, ALICE])
@pytest.mark.parametrize(
    ("tags", "problem"),
    [
        ({}, "Quantity is required!"),
        *(({"Quantity": text}, NO_NUMBER) for text in (*NO_AMOUNTS, *WRAPPED)),
        *(({"Quantity": text}, "Quantity must be greater than zero!") for text in NOT_POSITIVE),
    ],
)
@pytest.mark.parametrize("action", ["Mint", "Burn"])
def test_the_quantity_is_looked_at_before_all_else(
    unchanging: Process, action: str, sender: str, tags: dict[str, str], problem: str
) -> None:
    assert failure(unchanging.send(action, sender=sender, **tags)) == problem
    assert (supply(unchanging), balances(unchanging)) == (FIRST_SUPPLY, {PROCESS: str(FIRST_SUPPLY)})


@pytest.fixture(scope="module")
def unchanging() -> Process:
    """A token that the tests of refusals share."""
    return loaded("token")


def test_the_supply_ends_where_256_bits_end(token: Process) -> None:
    room = 2**255 - 1 - FIRST_SUPPLY
    assert failure(token.send("Mint", sender=PROCESS, Quantity=str(room + 1))).endswith("would not fit into 256 bits")
    assert supply(token) == FIRST_SUPPLY
    token.send("Mint", sender=PROCESS, Quantity=str(room))
    assert (supply(token), balance(token, PROCESS)) == (2**255 - 1, 2**255 - 1 - 100)


def test_burning_destroys_tokens_of_the_sender(token: Process) -> None:
    answer = only(token.send("Burn", Quantity="40"))
    assert answer == {"Target": ALICE, "Data": "Successfully burned 40"}
    assert (balance(token, ALICE), supply(token)) == (60, FIRST_SUPPLY - 40)
    problem = "Quantity must be less than or equal to the current balance!"
    assert failure(token.send("Burn", Quantity="61")) == problem
    assert failure(token.send("Burn", sender=BOB, Quantity="1")) == problem
    assert (balance(token, ALICE), supply(token)) == (60, FIRST_SUPPLY - 40)
    token.send("Burn", Quantity="60")
    assert (balance(token, ALICE), supply(token)) == (0, FIRST_SUPPLY - 100)


# The state that HyperBEAM publishes

PATCHES: list[tuple[str, str, dict[str, str], dict[str, str], int]] = [
    ("Transfer", ALICE, {"Recipient": BOB, "Quantity": "30"}, {ALICE: "70", BOB: "30"}, 2),
    ("Transfer", ALICE, {"Recipient": BOB, "Quantity": "30", "Cast": "yes"}, {ALICE: "70", BOB: "30"}, 0),
    ("Transfer", ALICE, {"Recipient": ALICE, "Quantity": "30"}, {ALICE: "100"}, 2),
    ("Mint", PROCESS, {"Quantity": "5"}, {PROCESS: str(FIRST_SUPPLY - 95)}, 1),
    ("Burn", ALICE, {"Quantity": "5"}, {ALICE: "95"}, 1),
]


@pytest.mark.parametrize(("action", "sender", "tags", "touched", "answers"), PATCHES)
def test_changes_are_published_on_hyperbeam_after_the_answers(
    patching: Process, action: str, sender: str, tags: dict[str, str], touched: dict[str, str], answers: int
) -> None:
    messages = sent(patching.send(action, sender=sender, **tags))
    assert len(messages) == answers + 1
    info = {**INFO, "supply": only(patching.send("Info"))["supply"]}
    assert messages[-1] == {"device": "patch@1.0", "balances": touched, "token-info": info}


@pytest.mark.parametrize(("action", "sender", "tags", "touched", "answers"), PATCHES)
def test_nothing_is_published_elsewhere(
    token: Process, action: str, sender: str, tags: dict[str, str], touched: dict[str, str], answers: int
) -> None:
    messages = sent(token.send(action, sender=sender, **tags))
    assert len(messages) == answers
    assert all(message.get("Target") for message in messages)


def test_nothing_is_published_when_nothing_changed(patching: Process) -> None:
    assert len(sent(patching.send("Transfer", sender=BOB, Recipient=ALICE, Quantity="1"))) == 1
    assert len(sent(patching.send("Mint", Quantity="1"))) == 1
    assert len(sent(patching.send("Balance"))) == 1


# Manners


@pytest.mark.parametrize("action", ["info", "BALANCE", "Transfers", "total-supply"])
def test_actions_are_meant_to_the_letter(token: Process, action: str) -> None:
    before = token.says("#Inbox")
    assert sent(token.send(action, Recipient=BOB, Quantity="1")) == []
    assert int(token.says("#Inbox")) == int(before) + 1


def test_answers_go_where_the_question_says(token: Process) -> None:
    answer = only(token.send("Balance", Reply_To=BOB, Reference="3"))
    assert (answer["Target"], answer["Account"], answer["X-Reference"]) == (BOB, ALICE, "3")


def test_a_process_that_cannot_reply_sends(token: Process) -> None:
    """As processes of before aos 2."""
    token.eval("Handlers.prepend('old', function() return 'continue' end, function(msg) msg.reply = nil end)")
    assert only(token.send("Balance"))["Target"] == ALICE
    debit, credit = sent(token.send("Transfer", Recipient=BOB, Quantity="1", X_Note="rent"))
    assert (debit["Target"], debit["X-Note"], credit["Target"]) == (ALICE, "rent", BOB)


def test_a_token_can_be_born_with_it() -> None:
    token = Process(find_blueprint("token").text.decode(), On_Boot="Data")
    assert supply(token) == FIRST_SUPPLY


def test_info_follows_what_the_program_sets_later(token: Process) -> None:
    token.eval("Name, Ticker, Denomination, Logo = 'Gold', 'GLD', 3, 'a picture'")
    told = {"name": "Gold", "ticker": "GLD", "denomination": "3", "logo": "a picture", "supply": str(FIRST_SUPPLY)}
    assert told.items() <= only(token.send("Info")).items()
