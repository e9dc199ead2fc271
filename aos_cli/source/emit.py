"""The Lua text of a bundle: what travels as the Data of one Eval message.

Every file is a chunk of its own, made by `load` from a long string and named `@` and its display name. So errors say
the user's file and line (Lua itself shortens names of more than 59 bytes to `...` and their end), and
Lua's limit of 200 locals holds for each file alone.

The process first tries the text with `return ` put in front. The text begins with `local`, which can never follow
`return`: that attempt fails at its second word and the text is compiled as it is.

How modules run:
- Every file is compiled before anything is changed: a mistake in one of them leaves the process as it is.
- `package.preload` has a loader for each name; `require` runs it at the first call and passes the name on, the loader
  adds the file. All names of a file get the value of the one run.
- A bundle forgets the values of its names before it starts. Loading it again replaces the modules.
- `loading` is the chain of modules that run just now, so that a circle is told as one and not as a stack overflow.
  `pcall` keeps the chain true when a module fails and the program goes on. A module that waits for a message while it
  loads may end before or after others, so each takes out its own entry.
- A main file that is also a module has one run too, whoever is first. Other main files are called without `pcall`:
  their tracebacks stay whole.
- `result` holds one value, however many a main file returns: Eval takes a second one as an error.

What a bundle leaves behind, in `package.bundled` because a process's globals are the user's:
- `modules`: require name -> the file with its digest, so that the next bundle can leave out what the process has.
  Such files are `kept`, and the process has the last word on them: somebody may have loaded others meanwhile.
- A module whose dependency is loaded anew, perhaps by another main file, holds on to the old one: it is forgotten
  in `modules`, and comes again with the next bundle that needs it.
- `handlers`: the names that the bundle added, replaced and removed. A handler was replaced when its function is another
  one than before.
- `loads`: how many bundles ran to their end. One that failed changes neither this nor `handlers`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import NamedTuple

from aos_cli.lua_error import BUNDLE_BEGINS
from aos_cli.source.lexer import source_bytes

_RUNTIME = rb"""
local bundled = package.bundled or {modules = {}, loads = 0}
package.bundled = bundled
local modules = bundled.modules

local function forget(replaced)
  local grown
  repeat
    grown = false
    for _, module in pairs(modules) do
      for _, path in ipairs(replaced[module.path] and {} or module.uses) do
        if replaced[path] then replaced[module.path], grown = true, true end
      end
    end
  until not grown
  for name, module in pairs(modules) do
    if replaced[module.path] then modules[name] = nil end
  end
end

for _, file in ipairs(kept) do
  for _, name in ipairs(file.names) do
    local known = modules[name]
    if not known or known.digest ~= file.digest or not rawequal(package.loaded[name], known.value)
      or package.preload[name] ~= known.loader then
      forget({[file.path] = true})
      error(file.path .. " is not in the process any more as it was loaded; load it again", 0)
    end
  end
end

for _, file in ipairs(files) do
  local chunk, message = load(file.text, "@" .. file.path, "t")
  if not chunk then error(message, 0) end
  file.chunk, file.text = chunk, nil
end

local loading = {}

local function loaded(file)
  for _, name in ipairs(file.names) do
    local value = package.loaded[name]
    if value ~= nil then return value end
  end
end

local function execute(file, ...)
  if file.value ~= nil then forget({[file.path] = true}) end
  for _, name in ipairs(file.names) do package.loaded[name] = nil end
  loading[#loading + 1] = file
  local ok, value = pcall(file.chunk, ...)
  for index = #loading, 1, -1 do
    if loading[index] == file then
      table.remove(loading, index)
      break
    end
  end
  if not ok then error(value, 0) end
  local module = value
  if module == nil then module = loaded(file) end
  if module == nil then module = true end
  for _, name in ipairs(file.names) do package.loaded[name] = module end
  file.value = module
  return value
end

local function circle(file)
  local path
  for _, entry in ipairs(loading) do
    if entry == file then path = "" end
    if path then path = path .. entry.path .. " -> " end
  end
  return path and path .. file.path
end

local function loader(file)
  return function(name)
    local path = circle(file)
    if not path then return execute(file, name, file.path) end
    local value = loaded(file)
    if value == nil then error("modules require each other while they load: " .. path, 3) end
    return value
  end
end

local function run(file, ...)
  if #file.names == 0 then return file.chunk(...) end
  local value = loaded(file)
  if value ~= nil then return value end
  return execute(file, ...)
end

local function handlers()
  local list = type(Handlers) == "table" and Handlers.list
  local names, handles = {}, {}
  for _, entry in ipairs(type(list) == "table" and list or {}) do
    if type(entry) == "table" and type(entry.name) == "string" then
      names[#names + 1], handles[entry.name] = entry.name, entry.handle or false
    end
  end
  return names, handles
end

local namesBefore, before = handlers()

local replaced = {}
for _, file in ipairs(files) do
  for _, name in ipairs(file.names) do
    if modules[name] then replaced[modules[name].path] = true end
  end
end
forget(replaced)
for _, file in ipairs(files) do
  file.loader = loader(file)
  for _, name in ipairs(file.names) do
    package.loaded[name] = nil
    package.preload[name] = file.loader
    modules[name] = file
  end
end

local result
for _, index in ipairs(mains) do
  local file = files[index]
  if arguments then arg = {[0] = file.path, table.unpack(arguments)} end
  result = run(file, table.unpack(arguments or {}))
end

local names, after = handlers()
local changes = {added = {}, replaced = {}, removed = {}}
for _, name in ipairs(names) do
  local list = before[name] == nil and changes.added or changes.replaced
  if not rawequal(before[name], after[name]) then list[#list + 1] = name end
end
for _, name in ipairs(namesBefore) do
  if after[name] == nil then changes.removed[#changes.removed + 1] = name end
end
bundled.handlers, bundled.loads = changes, bundled.loads + 1
return result
"""

# Between a bracket and a bracket: the levels that a long string cannot have when its content has them.
_BRACKET_LEVEL = re.compile(rb"\](=*+)(?=\])")
_TO_ESCAPE = re.compile(rb'[\x00-\x1f"\\\x7f]')


class Chunk(NamedTuple):
    """One file of a bundle.

    Attributes:
        display: its name in errors.
        names: all names that `require` knows it by; none for a main file that nobody requires.
        text: Lua source.
        uses: the displays of the files that it requires.
    """

    display: str
    names: tuple[str, ...]
    text: bytes
    uses: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Tells whether a process has this very file: SHA-256 of whatever decides what the loaded module is like."""
        return hashlib.sha256(b"\n".join([*map(quoted, (self.display, *self.uses)), self.text])).hexdigest()


def lua_program(
    chunks: Sequence[Chunk], mains: Sequence[int], arguments: Sequence[str] | None, kept: Sequence[Chunk] = ()
) -> bytes:
    """A self-contained Lua 5.3 program: the files are its modules, the last main file's first value is its value.

    Args:
        chunks: each file once.
        mains: positions in `chunks`, from 0, in the order of running.
        arguments: what the main files get as `...` and in the global `arg`; None leaves `arg` alone.
        kept: files that are left out because the process has them; it refuses the program should it not.
    """
    positions = b", ".join(b"%d" % (index + 1) for index in mains)
    given = b"nil" if arguments is None else b"{" + _quoted_list(arguments) + b"}"
    parts = [BUNDLE_BEGINS.encode(), *map(_chunk_entry, chunks), b"}\n"]
    parts += [b"local kept = {\n", *map(_kept_entry, kept), b"}\n"]
    parts += [b"local mains = {", positions, b"}\n", b"local arguments = ", given, b"\n", _RUNTIME]
    return b"".join(parts)


def quoted(text: str) -> bytes:
    """A Lua string literal of the text's bytes, on one line."""
    return b'"' + _TO_ESCAPE.sub(lambda match: b"\\%03d" % match[0][0], source_bytes(text)) + b'"'


def long_quoted(content: bytes) -> bytes:
    r"""A Lua long string literal of `content`, whose line ends must all be `\n`."""
    # The bracket behind stands for the literal's own end, which a content such as `x]=` would otherwise complete.
    taken = {len(match[1]) for match in _BRACKET_LEVEL.finditer(content + b"]")}
    level = b"=" * next(width for width in range(len(taken) + 1) if width not in taken)
    # Lua drops the first line end of a long string.
    return b"[" + level + b"[\n" + content + b"]" + level + b"]"


def _chunk_entry(chunk: Chunk) -> bytes:
    return b"{path = %b, names = {%b}, text = %b, digest = %b, uses = {%b}},\n" % (
        quoted(chunk.display),
        _quoted_list(chunk.names),
        long_quoted(chunk.text),
        quoted(chunk.digest),
        _quoted_list(chunk.uses),
    )


def _kept_entry(chunk: Chunk) -> bytes:
    return b"{path = %b, names = {%b}, digest = %b},\n" % (
        quoted(chunk.display),
        _quoted_list(chunk.names),
        quoted(chunk.digest),
    )


def _quoted_list(texts: Sequence[str]) -> bytes:
    return b", ".join(map(quoted, texts))
