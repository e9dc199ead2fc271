"""Lua that answers a message of an Inbox."""

from __future__ import annotations

from collections.abc import Sequence

# What a quoted Lua string cannot hold as it is: its quote and escape, and characters that act on whoever looks at the
# source; a line feed too, so that the text stays on its line.
_HARMLESS = frozenset(range(0x20, 0x7F)) - frozenset(b'"\\')


def lua_string(text: str) -> str:
    """A text as a quoted Lua string in ASCII; bytes that were no UTF-8 come out as they were."""
    content = text.encode("utf-8", "surrogateescape")
    # Three digits, so that a digit behind it is not taken for one of them.
    return '"' + "".join(chr(byte) if byte in _HARMLESS else f"\\{byte:03}" for byte in content) + '"'


def reply_code(message_id: str, place: object, sender: str, tags: Sequence[tuple[str, str]], data: str) -> str:
    """Lua that answers a message, wherever in the Inbox it stands by then. It fails when the message has gone.

    Args:
        message_id, place, sender: fields Id, Nonce and From of the message; all three have to agree, since a sender's
            tags may stand in the first two.
        tags: of the answer, in their order.
        data: of the answer.
    """
    known = [f"message.Id == {lua_string(message_id)}", f"message.From == {lua_string(sender)}"]
    if isinstance(place, int | str):
        known.append(f"message.Nonce == {place if isinstance(place, int) else lua_string(place)}")
    listed = ", ".join(f"{{ name = {lua_string(name)}, value = {lua_string(value)} }}" for name, value in tags)
    return f"""for index = #Inbox, 1, -1 do
  local message = Inbox[index]
  if type(message) == "table" and {" and ".join(known)} then
    if type(message.reply) ~= "function" then
      error("this message cannot be answered: it has no function `reply`", 0)
    end
    message.reply({{ Data = {lua_string(data)}, Tags = {{ {listed} }} }})
    return
  end
end
error("the message is not in the Inbox any more; nothing was sent", 0)"""
