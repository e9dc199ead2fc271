"""The Lua text of looks into a process whose machine is elsewhere; `legacynet_looks` has it evaluated.

Each part leaves what it saw in a local `seen`; a text of them begins its answer with `MARK`.
"""

from __future__ import annotations

from collections.abc import Sequence

MARK = "aos-look:"

# An encoder of its own: the one of the process refuses functions and tables that are mixed. What lies too deep is left
# out, and so is what comes when the budget is spent.
_BEGINNING = r"""
local budget, next, rawget, type = 200000, next, rawget, type
local escapes = { ['"'] = '\\"', ["\\"] = "\\\\" }
local function quoted(text)
  if not utf8.len(text) then text = text:gsub("[\128-\255]", "\239\191\189") end
  return '"' .. text:gsub('[%c"\\]', function(c) return escapes[c] or ("\\u%04x"):format(c:byte()) end) .. '"'
end
local encoded
local function list(t, depth)
  local parts = {}
  for index = 1, #t do parts[index] = encoded(rawget(t, index), depth) or "null" end
  return "[" .. table.concat(parts, ",") .. "]"
end
local function object(t, depth)
  local parts = {}
  for key, value in next, t do
    local text = (type(key) == "string" or type(key) == "number") and encoded(value, depth)
    if text then parts[#parts + 1] = quoted(tostring(key)) .. ":" .. text end
  end
  return "{" .. table.concat(parts, ",") .. "}"
end
function encoded(value, depth)
  local kind = type(value)
  budget = budget - 1
  if kind == "string" then return quoted(value) end
  if kind == "boolean" then return tostring(value) end
  if kind == "number" then
    if math.type(value) == "integer" then return ("%d"):format(value) end
    return value == value and value - value == 0 and ("%.17g"):format(value) or nil
  end
  if kind ~= "table" or depth > 12 or budget < 0 then return nil end
  local count = 0
  for key in next, value do
    if type(key) ~= "number" then count = -1 break end
    count = count + 1
  end
  return (count > 0 and count == #value and list or object)(value, depth + 1)
end
local function field(t, key)
  for _ = 1, 20 do
    if type(t) == "string" then t = string end
    if type(t) ~= "table" then return nil end
    local value = rawget(t, key)
    if value ~= nil then return value end
    local meta = getmetatable(t)
    t = type(meta) == "table" and rawget(meta, "__index") or nil
  end
end
local function at(path)
  local value = _G
  for index = 1, #path do
    value = field(value, path[index])
    if value == nil then return nil end
  end
  return value
end
"""

_INBOX = """
local total = type(Inbox) == "table" and rawlen(Inbox) or 0
local found = {}
for index = math.max(1, total - COUNT + 1), total do found[#found + 1] = { rawget(Inbox, index) } end
local seen = { total = total, found = found }
"""

_VALUE = """
local value = at(PATH)
local seen = { type = type(value) }
if value ~= nil then
  local plain = seen.type == "string" or seen.type == "number" or seen.type == "boolean"
  seen.text = plain and tostring(value) or ""
  seen.length = seen.type == "table" and rawlen(value) or 0
  local names, kinds, t = {}, {}, seen.type == "string" and string or value
  for _ = 1, 20 do
    if type(t) ~= "table" then break end
    for key, entry in next, t do
      if type(key) == "string" and not kinds[key] then names[#names + 1], kinds[key] = key, type(entry) end
    end
    local meta = getmetatable(t)
    t = type(meta) == "table" and rawget(meta, "__index") or nil
  end
  seen.total = #names
  if LIMIT > 0 then table.sort(names) end
  seen.fields = {}
  for index = 1, math.min(#names, LIMIT) do seen.fields[index] = { names[index], kinds[names[index]] } end
end
if seen.type == "function" then
  seen.parameters = {}
  local tells = type(debug) == "table" and debug.getinfo and debug.getlocal
  local told = tells and debug.getinfo(value, "Su")
  seen.known = told and told.what ~= "C" or false
  if seen.known then
    for index = 1, told.nparams do seen.parameters[index] = debug.getlocal(value, index) end
    if told.isvararg then seen.parameters[#seen.parameters + 1] = "..." end
    seen.place = told.short_src .. ":" .. told.linedefined
  end
end
"""

# Source: aos_cli/source/emit.py, which says where a program that was made of files tells what it brought.
_CODE = """
local modules = {}
for _, known in next, { at({ "package", "loaded" }) or {}, at({ "package", "preload" }) or {} } do
  for name in next, known do if type(name) == "string" then modules[#modules + 1] = name end end
end
-- A module whose sources are loaded when they are first required lists them nowhere: its searchers know them.
for _, name in next, CANDIDATES do
  for _, searcher in next, at({ "package", "searchers" }) or {} do
    local ran, loader = pcall(searcher, name)
    if ran and type(loader) == "function" then modules[#modules + 1] = name end
  end
end
local seen = { modules = modules, digests = {}, handlers = {} }
local loaded = at({ "package", "loaded" }) or {}
for name, module in next, at({ "package", "bundled", "modules" }) or {} do
  local asLoaded = type(module) == "table" and rawequal(module.value, rawget(loaded, name))
  if asLoaded then seen.digests[name] = module.digest end
end
local loads = at({ "package", "bundled", "loads" })
seen.loads = loads ~= nil and tostring(loads) or ""
for _, change in next, { "added", "replaced", "removed" } do
  seen.handlers[change] = at({ "package", "bundled", "handlers", change })
end
"""

# Names and Lua types, three tables deep; what lies in a table of texts is found by `string`.
_NAMES = """
local left = MOST_NAMES
local function named(value, depth)
  local found, known, t, count = {}, {}, value, 0
  for _ = 1, 20 do
    if type(t) ~= "table" then break end
    for key, entry in next, t do
      if left <= 0 or (depth > 1 and count >= MOST_FIELDS) then break end
      if type(key) == "string" and not known[key] then
        left, count, known[key] = left - 1, count + 1, true
        found[#found + 1] = { key, type(entry), entry }
      end
    end
    local meta = getmetatable(t)
    t = type(meta) == "table" and rawget(meta, "__index") or nil
  end
  return found
end
local fields
function fields(value, depth)
  local found = named(value, depth)
  for _, field in next, found do
    local deeper = field[2] == "table" and depth < 3 and not rawequal(field[3], _G)
    field[3] = deeper and fields(field[3], depth + 1) or nil
  end
  return found
end
local handlers, listed = {}, at({ "Handlers", "list" })
for index = 1, type(listed) == "table" and #listed or 0 do handlers[index] = tostring(field(listed[index], "name")) end
local seen = { fields = fields(_G, 1), handlers = handlers }
"""

_END = '\nreturn "' + MARK + '" .. (encoded(seen, 0) or "null")'

# A menu holds no more.
_MOST_NAMES, _MOST_FIELDS = 5000, 200


def inbox(count: int) -> str:
    """A look at the size of the Inbox, and at its newest messages."""
    return _whole(f"local COUNT = {count}", _INBOX)


def value(path: Sequence[str], limit: int) -> str:
    """A look at a global, or at a field of one."""
    return _whole(f"local PATH, LIMIT = {_texts(path)}, {limit}", _VALUE)


def code(candidates: Sequence[str]) -> str:
    """A look at what `require` finds, `candidates` among it, and at what loading files left."""
    return _whole(f"local CANDIDATES = {_texts(candidates)}", _CODE)


def names() -> str:
    """A look at the names of globals, of their fields and of handlers."""
    return _whole(f"local MOST_NAMES, MOST_FIELDS = {_MOST_NAMES}, {_MOST_FIELDS}", _NAMES)


def _whole(given: str, look: str) -> str:
    return _BEGINNING + given + look + _END


def _texts(texts: Sequence[str]) -> str:
    """A list of texts, as Lua reads them, whatever is in them."""
    return f"{{ {', '.join(map(_text, texts))} }}"


def _text(text: str) -> str:
    escaped = (chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03}" for byte in text.encode())
    return f'"{"".join(escaped)}"'
