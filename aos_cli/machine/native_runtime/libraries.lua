-- The global table of a program: Lua's libraries without files, clocks, addresses, bytecode and collector.
--
-- Called with blame.lua's functions. Returns function(limits, order, patterns, bulk, noteWeak) -> environment. The real globals stay with the host: lupa itself reads `debug` from
-- them outside a protected call, so a program that could touch them could stop the whole Python program.

local blame = ...
local raw = {}
for name, value in next, _G do
  raw[name] = value
end
local debugLibrary, stringLibrary, osLibrary = debug, string, os
local metatableOf, getinfo, rawTraceback = debug.getmetatable, debug.getinfo, debug.traceback
local type, rawget, rawset, select, error = type, rawget, rawset, select, error
local find, format, gsub, gmatch = string.find, string.format, string.gsub, string.gmatch
local rawTostring, rawSetmetatable, rawLoad = tostring, setmetatable, load
local mathtype, unpack = math.type, table.unpack

local function copied(source, names)
  local copy = {}
  for _, name in ipairs(names) do
    copy[name] = source[name]
  end
  return copy
end

local ADDRESSED = { table = true, ["function"] = true, thread = true, userdata = true }

-- tostring without addresses: objects are numbered in the order in which they are shown.
local function makeTostring(order)
  local function named(value, kind)
    return format("%s: 0x%08x", kind, 0x10000000 + order.numberOf(value) * 16)
  end
  return function(...)
    local value = ...
    local kind = type(value)
    if not ADDRESSED[kind] then
      if kind == "nil" and select("#", ...) == 0 then
        blame.checked("tostring", pcall(rawTostring))
      end
      return rawTostring(value)
    end
    local metatable = metatableOf(value)
    if metatable then
      if rawget(metatable, "__tostring") ~= nil then
        return rawTostring(value)
      end
      local name = rawget(metatable, "__name")
      if type(name) == "string" then
        kind = name
      end
    end
    return named(value, kind)
  end
end

-- string.format, with objects shown as by our tostring.
local function makeFormat(tostring)
  local function plain(value)
    if ADDRESSED[type(value)] then
      return tostring(value)
    end
    return value
  end
  return function(template, ...)
    local count = select("#", ...)
    local first, second = ...
    if count <= 2 and not ADDRESSED[type(first)] and not ADDRESSED[type(second)] then
      return (blame.checked("format", pcall(format, template, ...)))
    end
    if type(template) ~= "string" then
      return (blame.checked("format", pcall(format, template, ...)))
    end
    local values = { ... }
    -- Only %s calls tostring; a table for any other directive is an error that must stay one.
    local position = 0
    for directive in gmatch(gsub(template, "%%%%", ""), "%%[-+ #0-9.]*(%a)") do
      position = position + 1
      if directive == "s" then
        values[position] = plain(values[position])
      end
    end
    return (blame.checked("format", pcall(format, template, unpack(values, 1, count))))
  end
end

-- Puts functions in place of those of the same name.
local function overlaid(library, functions)
  for name, value in next, functions do
    library[name] = value
  end
  return library
end

local function makeString(tostring, patterns, bulk)
  local library = copied(stringLibrary, { "byte", "char", "len", "pack", "packsize", "sub", "unpack" })
  library.find, library.match = patterns.find, patterns.match
  library.gmatch, library.gsub = patterns.gmatch, patterns.gsub
  library.format = makeFormat(tostring)
  function library.dump()
    error("unable to dump given function", 2)
  end
  return overlaid(library, bulk.string)
end

local function makeTable(order, bulk)
  local library = overlaid({ pack = table.pack }, bulk.table)
  library.sort = order.sort
  return library
end

local function makeMath()
  local library = {}
  for name, value in next, math do
    library[name] = value
  end
  library.random, library.randomseed = nil, nil
  return library
end

local function makeCoroutine(limits)
  return {
    create = limits.create, isyieldable = limits.isyieldable, resume = limits.resume, running = limits.running,
    status = coroutine.status, wrap = limits.wrap, yield = limits.yield,
  }
end

-- The clock of a process is its messages: os.time is put in place by the library for each of them.
local function makeOs(limits)
  local library = { difftime = osLibrary.difftime }
  local date = osLibrary.date
  function library.time()
    return nil
  end
  function library.date(template, time)
    template = template or "%c"
    if time == nil then
      time = (tonumber(library.time()) or 0) // 1000
    end
    if type(template) == "string" and find(template, "^[^!]") then
      template = "!" .. template
    end
    return date(template, time)
  end
  -- A hundred million instructions to the second: it moves on, and alike in every run.
  function library.clock()
    return limits.used() / 1e8
  end
  function library.getenv()
    return nil
  end
  for _, name in ipairs({ "execute", "remove", "rename", "tmpname" }) do
    library[name] = function()
      return nil, "not available in a process", 1
    end
  end
  function library.exit()
    error("os.exit is not available in a process", 2)
  end
  function library.setlocale(locale)
    return (locale == nil or locale == "" or locale == "C") and "C" or nil
  end
  return library
end

local function makeIo()
  local file = {}
  local function itself()
    return file
  end
  local function nothing()
    return nil
  end
  file.write, file.flush, file.setvbuf, file.seek = itself, itself, itself, nothing
  file.read, file.close = nothing, nothing
  function file.lines()
    return nothing
  end
  local handle = rawSetmetatable({}, { __index = file, __name = "FILE*", __metatable = false })
  local function missing(path)
    return nil, rawTostring(path) .. ": No such file or directory", 2
  end
  return {
    stdin = handle, stdout = handle, stderr = handle,
    open = missing, popen = missing, read = nothing, flush = nothing, close = nothing, tmpfile = nothing,
    input = function() return handle end,
    output = function() return handle end,
    write = function() return handle end,
    type = function(value) return value == handle and "file" or nil end,
    lines = function(path)
      if path == nil then
        return nothing
      end
      error(rawTostring(path) .. ": No such file or directory", 2)
    end,
  }
end

-- Only looks, and never at functions of the host: what getinfo calls `func` is left out.
local function makeDebug()
  local library = {}
  function library.getinfo(...)
    local first, second, third = ...
    local info
    if type(first) == "thread" then
      info = getinfo(first, second, third and gsub(third, "[fL]", "") or "nSltu")
    elseif type(first) == "number" then
      info = getinfo(first + 1, second and gsub(second, "[fL]", "") or "nSltu")
    else
      info = getinfo(first, second and gsub(second, "[fL]", "") or "nSltu")
    end
    return info
  end
  function library.traceback(...)
    local first, second, third = ...
    local text
    if type(first) == "thread" then
      if second ~= nil and type(second) ~= "string" and type(second) ~= "number" then
        return second
      end
      text = rawTraceback(first, second, third)
    elseif first ~= nil and type(first) ~= "string" and type(first) ~= "number" then
      return first
    else
      text = rawTraceback(first, (second or 1) + 1)
    end
    text = gsub(text, "\n\t%(machine%)[^\n]*", "")
    return (gsub(text, "\n\t%[C%]: in [^\n]*(\n?)", "%1"))
  end
  return library
end

local COLLECTOR_ANSWERS = {
  collect = 0, step = true, stop = 0, restart = 0, setpause = 200, setstepmul = 200, isrunning = true,
}

local function collectgarbage(option)
  if option == nil then
    return 0
  elseif option == "count" then
    return 1024.0
  elseif COLLECTOR_ANSWERS[option] ~= nil then
    return COLLECTOR_ANSWERS[option]
  end
  return raw.collectgarbage(option == "generational" and "isrunning" or rawTostring(option) .. " ")
end

-- A finaliser runs when the collector likes and where no limit holds, so it never runs: Lua marks an object for
-- finalisation when its metatable is set, and at that moment there is no __gc to see.
-- Weak tables are allowed; the machine is told, because then the collector must run between messages only.
local function makeSetmetatable(noteWeak)
  return function(t, metatable, ...)
    local known = metatableOf(t)
    if type(t) ~= "table" or (metatable ~= nil and type(metatable) ~= "table")
      or known and rawget(known, "__metatable") ~= nil then
      blame.checked("setmetatable", pcall(rawSetmetatable, t, metatable, ...))
    end
    if metatable == nil then
      return rawSetmetatable(t, metatable)
    end
    if rawget(metatable, "__mode") ~= nil then
      noteWeak()
    end
    local finaliser = rawget(metatable, "__gc")
    if finaliser == nil then
      return rawSetmetatable(t, metatable)
    end
    rawset(metatable, "__gc", nil)
    rawSetmetatable(t, metatable)
    rawset(metatable, "__gc", finaliser)
    return t
  end
end

return function(limits, order, patterns, bulk, noteWeak)
  local tostring = makeTostring(order)
  local environment = copied(raw, {
    "_VERSION", "assert", "error", "getmetatable", "ipairs", "rawequal", "rawget", "rawlen", "rawset", "select",
    "tonumber", "type",
  })
  environment._G = environment
  environment.collectgarbage = collectgarbage
  environment.coroutine = makeCoroutine(limits)
  environment.debug = makeDebug()
  environment.io = makeIo()
  environment.math = makeMath()
  environment.next, environment.pairs = order.next, order.pairs
  environment.os = makeOs(limits)
  environment.pcall, environment.xpcall = limits.pcall, limits.xpcall
  environment.setmetatable = makeSetmetatable(noteWeak)
  environment.string = makeString(tostring, patterns, bulk)
  environment.table = makeTable(order, bulk)
  environment.tostring = tostring
  environment.utf8 = overlaid(copied(utf8, { "char", "charpattern", "codes" }), bulk.utf8)

  -- Text only: altered bytecode crashes the interpreter.
  function environment.load(text, name, mode, ...)
    if mode == "b" then
      return nil, "attempt to load a text chunk (mode is 'b')"
    end
    local scope = environment
    if select("#", ...) > 0 then
      scope = ...
    end
    if type(text) == "number" then
      text = rawTostring(text)
    end
    if name ~= nil and type(name) ~= "string" then
      name = type(name) == "number" and rawTostring(name)
        or blame.checked("load", pcall(rawLoad, "", name))
    end
    return limits.load(text, name, "t", scope)
  end
  function environment.loadfile(path)
    return nil, "cannot open " .. rawTostring(path)
  end
  function environment.dofile(path)
    error("cannot open " .. rawTostring(path), 2)
  end

  -- ("x"):upper() finds the program's own string table. The metatable is shared with the host and is locked.
  local shared = debugLibrary.getmetatable("")
  shared.__index = environment.string
  shared.__metatable = false
  return environment
end
