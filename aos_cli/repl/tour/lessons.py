"""What the tour teaches, in its order: lines to type, and how the processes show that it was done.

The texts are in `lessons.md`, each under the title of its task.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Literal

from aos_cli.render.sanitiser import visible_id, visible_name

if TYPE_CHECKING:
    from aos_cli.clients.base import Slot
    from aos_cli.repl.tour.sight import Sight

# As much of an id as `.show` takes for one.
_SHORT_ID = 6


@dataclass(frozen=True, slots=True)
class Task:
    """One line to type.

    Attributes:
        step: the part of the tour that it belongs to, from 1.
        title: one line; that of its text.
        line: what to type. `$tour` and `$friend` stand for the ids of the processes.
        done: whether the processes show that it was done, with this line or another one.
        seen: a sentence or two about what there was to see.
        at: the process to type it at.
        prepare: what has to be there before.
    """

    step: int
    title: str
    line: str
    done: Callable[[Sight], object]
    seen: Callable[[Sight], str]
    at: Literal["tour", "friend", "anywhere"] = "tour"
    prepare: Callable[[Sight], None] = lambda sight: None


# 1 and 2: lines and state


def _saw_first_line(sight: Sight) -> str:
    slot = sight.typed()[-1]
    message = visible_id(slot.message.id[:_SHORT_ID])
    return (
        f"Slot {slot.number} of the log holds your message {message}, and what came of it: "
        f"{visible_name(slot.result.output, width=24)}."
    )


def _has_count(sight: Sight) -> bool:
    return bool(sight.text("count"))


def _saw_count(sight: Sight) -> str:
    return (
        f"count is {visible_name(sight.text('count'), width=24)} in the process now. A `local` would be forgotten at "
        "the end of its line."
    )


def _saw_it_last(sight: Sight) -> str:
    return f"Slot {_newest(sight)} is another message, and found count as the one before had left it."


def _newest(sight: Sight) -> int:
    """The slot of the user's newest line."""
    return sight.typed()[-1].number


# 3 and 4: messages, inbox and handlers


def _from_itself(sight: Sight) -> list[Slot]:
    """The new messages that the tour's process has sent to itself since a line was typed."""
    return sight.received(sight.tour, sight.tour) if sight.typed() else []


def _saw_the_note(sight: Sight) -> str:
    note = _from_itself(sight)[-1]
    return (
        f"Slot {_newest(sight)} is your line, slot {note.number} the message that it sent, from tour to tour. "
        "No handler took it."
    )


def _saw_the_inbox(sight: Sight) -> str:
    size = sight.inbox_size()
    return (
        "Message 1 is the one that made the process: it comes from you. "
        f"`.inbox {size}` shows all of message {size}; `Inbox[{size}].Data` is its content in Lua."
    )


def _saw_the_handler(sight: Sight) -> str:
    name = visible_name(sight.new_handlers()[-1], width=24)
    return (
        f"The process has {len(sight.handlers())} handlers now, those that it was born with included. What {name} "
        "takes does not come into the inbox any more."
    )


def _answered(sight: Sight) -> list[Slot]:
    """Those that a handler has answered."""
    return [slot for slot in _from_itself(sight) if slot.sent]


def _saw_the_answer(sight: Sight) -> str:
    answered = _answered(sight)[-1]
    return (
        f"Slot {_newest(sight)} asked. The handler answered in slot {answered.number}, and slot "
        f"{answered.sent[0].slot} brought the answer to the line that waited for it."
    )


# 5: two processes


def _is_elsewhere(sight: Sight) -> bool:
    return sight.friend is not None and sight.open.id != sight.tour.id


def _saw_the_friend(sight: Sight) -> str:
    identity = visible_id(sight.open.id[:_SHORT_ID])
    return (
        f"{visible_name(sight.open.name, width=24)} is born. Its id begins with {identity}; log, memory and inbox are "
        "its own, so there is no count in it."
    )


def _saw_the_call(sight: Sight) -> str:
    call = sight.received(sight.tour, sight.friend)[-1]
    answers = [sent.slot for sent in call.sent]
    answer = f" Its answer is slot {answers[0]} here." if answers else ""
    return f"In tour that was slot {call.number}, and nobody had to type there.{answer}"


def _is_back(sight: Sight) -> bool:
    return sight.open.id == sight.tour.id


def _saw_tour_again(sight: Sight) -> str:
    return f"You type at tour again. count is {visible_name(sight.text('count'), width=24)}, as you left it."


# 6: a token


def _has_token(sight: Sight) -> bool:
    return sight.is_table("Balances")


def _saw_the_token(sight: Sight) -> str:
    return (
        f"The process has {len(sight.new_handlers())} handlers more, and all of its first tokens, which it calls "
        f"{visible_name(sight.text('Ticker'), width=24)}, are its own."
    )


def _friends_balance(sight: Sight) -> str:
    return sight.text("Balances", sight.friend.id) if sight.friend else ""


def _saw_the_transfer(sight: Sight) -> str:
    told = sight.received(sight.friend, sight.tour)
    where = f" Slot {told[-1].number} of its log tells it so." if told else ""
    return f"friend has {visible_name(_friends_balance(sight), width=24)} now.{where}"


def _saw_the_balances(sight: Sight) -> str:
    return f"Slot {_newest(sight)} has only looked. For others a message of Action Balances answers the same."


# 7 and 8: files, traces and errors

_COUNTER = """\
Count = Count or 0

Handlers.add("Count", function(msg)
  Count = Count + {step}
  msg.reply({{ Data = Count }})
end)
"""
_COUNTER_FILE = "counter.lua"
_FIRST_COUNTER = _COUNTER.format(step="1")
_SECOND_COUNTER = _COUNTER.format(step="tonumber(msg.Step)")


def _write_first_counter(sight: Sight) -> None:
    sight.write_file(_COUNTER_FILE, _FIRST_COUNTER)


def _write_second_counter(sight: Sight) -> None:
    sight.write_file(_COUNTER_FILE, _SECOND_COUNTER)


def _has_loaded(sight: Sight) -> bool:
    return bool(sight.typed()) and sight.has_loaded() and "Count" in sight.handlers()


def _saw_the_file(sight: Sight) -> str:
    return f"The file went as one message, slot {_newest(sight)}, and brought the handler Count."


def _count_of_file(sight: Sight) -> str:
    return visible_name(sight.text("Count"), width=24)


def _saw_it_count(sight: Sight) -> str:
    return f"Count is {_count_of_file(sight)}. Lua tells capitals apart: count is something else."


def _saw_the_change(sight: Sight) -> str:
    return (
        f"The handler is another one, and Count is still {_count_of_file(sight)}: `Count or 0` keeps what is there. "
        f"`.watch-file {_COUNTER_FILE}` loads at every save."
    )


def _saw_the_step(sight: Sight) -> str:
    return f"Slot {_answered(sight)[-1].number} is the message with the tag, and Count is {_count_of_file(sight)} now."


def _saw_the_tree(sight: Sight) -> str:
    return "All of that was read from the logs; nothing was sent."


def _failed(sight: Sight) -> list[Slot]:
    return [slot for slot in _from_itself(sight) if slot.result.error is not None]


def _saw_the_failure(sight: Sight) -> str:
    return (
        f"Slot {_failed(sight)[-1].number} failed, and you see the line of the file. The process lives on: Count is "
        f"still {_count_of_file(sight)}."
    )


TASKS = (
    Task(1, "A line is a message", "1 + 1", lambda sight: sight.has_shown(), _saw_first_line),
    Task(2, "The memory stays", "count = 41", _has_count, _saw_count),
    Task(2, "Ask for it", "count + 1", lambda sight: sight.has_shown(), _saw_it_last),
    Task(
        3,
        "A message of its own",
        'Send({ Target = ao.id, Action = "Note", Data = "hi" }).output',
        _from_itself,
        _saw_the_note,
    ),
    Task(3, "The inbox", ".inbox", lambda sight: sight.command == ".inbox", _saw_the_inbox),
    Task(
        4,
        "A handler",
        'Handlers.add("Ping", function(msg) msg.reply({ Data = "pong" }) end)',
        lambda sight: sight.new_handlers(),
        _saw_the_handler,
    ),
    Task(4, "Ask it", 'Send({ Target = ao.id, Action = "Ping" }).receive().Data', _answered, _saw_the_answer),
    Task(5, "A second process", ".new friend", _is_elsewhere, _saw_the_friend, at="anywhere"),
    Task(
        5,
        "It calls the first one",
        'Send({ Target = "$tour", Action = "Ping" }).receive().Data',
        lambda sight: sight.received(sight.tour, sight.friend),
        _saw_the_call,
        at="friend",
    ),
    Task(5, "And back", ".switch tour", _is_back, _saw_tour_again, at="anywhere"),
    Task(6, "A token", ".load-blueprint token", _has_token, _saw_the_token),
    Task(
        6,
        "A transfer",
        'Send({ Target = ao.id, Action = "Transfer", Recipient = "$friend", Quantity = "250" }).receive().Data',
        _friends_balance,
        _saw_the_transfer,
    ),
    Task(6, "The accounts", "Balances", lambda sight: sight.has_shown(), _saw_the_balances),
    Task(
        7, "A program from a file", f".load {_COUNTER_FILE}", _has_loaded, _saw_the_file, prepare=_write_first_counter
    ),
    Task(7, "Use it", 'Send({ Target = ao.id, Action = "Count" }).receive().Data', _answered, _saw_it_count),
    Task(7, "Change it", f".load {_COUNTER_FILE}", _has_loaded, _saw_the_change, prepare=_write_second_counter),
    Task(
        8, "A tag", 'Send({ Target = ao.id, Action = "Count", Step = "10" }).receive().Data', _answered, _saw_the_step
    ),
    Task(8, "What happened", ".trace", lambda sight: sight.command == ".trace", _saw_the_tree),
    Task(8, "What went wrong", 'Send({ Target = ao.id, Action = "Count" }).output', _failed, _saw_the_failure),
    Task(9, "Your own", ".exit", lambda sight: False, lambda sight: "", at="anywhere"),
)

STEPS = TASKS[-1].step


def read_texts() -> dict[str, str]:
    """The texts of the tasks by their titles, in the Markdown of help topics; `$home` stands for the user's folder."""
    whole = Path(__file__).with_suffix(".md").read_text("utf-8")
    counter = "".join(f"    {line}\n" for line in _FIRST_COUNTER.splitlines())
    pages = Template(whole).safe_substitute(counter=counter).removeprefix("# ").split("\n# ")
    return {title: text.strip("\n") for title, _, text in (page.partition("\n") for page in pages)}
