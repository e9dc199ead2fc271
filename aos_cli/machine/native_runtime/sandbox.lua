-- One process in one Lua state: the program's globals, its library, and the calls that the machine makes.
--
-- Called with limits, collector, order, patterns, costs, bulk, libraries, summary; returns the table of calls.

local limits, collector, order, patterns, costs, bulk, libraries, summary = ...
local next, rawget, type, ipairs, tostring, rawlen = next, rawget, type, ipairs, tostring, rawlen
local getmetatable, rawload, dump, error = debug.getmetatable, load, string.dump, error
local sort = table.sort

-- The environment that every message gets a copy of.
local template

local M = {}

local environment = libraries(limits, order, patterns, bulk, collector.noteWeak)
local handle

-- `package` and `require`, as Lua has them, over the modules of the process.
local function installPackage(chunks)
  local package = {
    loaded = {}, preload = {}, path = "", cpath = "", config = "/\n;\n?\n!\n-\n",
  }
  environment.package = package
  local loaded = package.loaded
  for _, name in ipairs({
    "string", "table", "math", "utf8", "os", "io", "debug", "coroutine", "package",
  }) do
    loaded[name] = environment[name]
  end
  loaded._G = environment

  local function fromPreload(name)
    local loader = package.preload[name]
    if loader == nil then
      return "\n\tno field package.preload['" .. name .. "']"
    end
    return loader
  end
  local function fromLibrary(name)
    local chunk = chunks[name] or chunks[name .. ".init"]
    if chunk then
      return chunk
    end
    return "\n\tno module '" .. name .. "' in this process"
  end
  package.searchers = { fromPreload, fromLibrary }

  function environment.require(name)
    if type(name) ~= "string" then
      error("bad argument #1 to 'require' (string expected, got " .. type(name) .. ")", 2)
    end
    local known = loaded[name]
    if known then
      return known
    end
    local tried = ""
    for _, searcher in ipairs(package.searchers) do
      local loader, extra = searcher(name)
      if type(loader) == "function" then
        local value = loader(name, extra)
        if value ~= nil then
          loaded[name] = value
        elseif loaded[name] == nil then
          loaded[name] = true
        end
        return loaded[name]
      elseif type(loader) == "string" then
        tried = tried .. loader
      end
    end
    error("module '" .. name .. "' not found:" .. tried, 2)
  end
end

-- The bytecode of a library module, for other states of this program.
function M.compile(name, source)
  local chunk, failure = rawload(source, name, "t")
  if not chunk then
    return nil, failure
  end
  return dump(chunk)
end

-- Loads the library. images: array of name, bytecode or source, name, ...
function M.boot(images)
  local chunks = {}
  for index = 1, #images, 2 do
    local name, image = images[index], images[index + 1]
    local chunk, failure = rawload(image, name, "bt", environment)
    if not chunk then
      error(failure, 0)
    end
    chunks[name] = chunk
  end
  chunks[".ao"] = function()
    return environment.require("ao")
  end
  installPackage(chunks)
  handle = environment.require(".host")
  collector.start()
end

local function copyTags(flat)
  local tags, count = {}, 0
  for index = 1, #flat, 2 do
    count = count + 1
    tags[count] = { name = flat[index], value = flat[index + 1] }
  end
  return tags
end

local function copy(value)
  if type(value) ~= "table" then
    return value
  end
  local result = {}
  for key, entry in next, value do
    result[key] = copy(entry)
  end
  return result
end

-- How to make a part of the environment anew: its plain fields and the names and values of its tags, each in one flat
-- list, which is much faster to copy than tables of tables. nil for a part of another shape.
local function recipe(part)
  local fields, tags = {}, {}
  for key, value in next, part do
    if key ~= "Tags" then
      if type(value) == "table" then
        return nil
      end
      fields[#fields + 1], fields[#fields + 2] = key, value
    end
  end
  for _, tag in ipairs(part.Tags or {}) do
    if type(tag) ~= "table" or type(tag.name) ~= "string" or type(tag.value) ~= "string" then
      return nil
    end
    for key in next, tag do
      if key ~= "name" and key ~= "value" then
        return nil
      end
    end
    tags[#tags + 1], tags[#tags + 2] = tag.name, tag.value
  end
  return { fields = fields, tags = part.Tags and tags }
end

-- Whether an array of tags is as it was made. No function of the program is called.
local function untouched(tags, flat)
  local count = 0
  for _ in next, tags do
    count = count + 1
  end
  if count * 2 ~= #flat or getmetatable(tags) then
    return false
  end
  for index = 1, count do
    local tag = rawget(tags, index)
    if type(tag) ~= "table" or getmetatable(tag)
      or tag.name ~= flat[index * 2 - 1] or tag.value ~= flat[index * 2] or next(tag, next(tag, next(tag))) ~= nil then
      return false
    end
  end
  return true
end

-- A part of the environment, fresh but for its tags: those of the message before are handed over again when nobody has
-- changed them. Made anew they were a tenth of all garbage.
local function make(part)
  local result, fields, flat = {}, part.fields, part.tags
  for index = 1, #fields, 2 do
    result[fields[index]] = fields[index + 1]
  end
  if flat and not (part.made and untouched(part.made, flat)) then
    part.made = copyTags(flat)
  end
  result.Tags = part.made
  return result
end

local recipes

-- Keeps the environment that following messages are handled in.
function M.setEnvironment(env)
  template, recipes = env, {}
  for name, part in next, env do
    local made = type(part) == "table" and recipe(part)
    if not made then
      recipes = nil
      return
    end
    recipes[#recipes + 1], recipes[#recipes + 2] = name, made
  end
end

-- The environment, fresh for every message: the library changes it.
local function freshEnvironment()
  if not recipes then
    return copy(template)
  end
  local env = {}
  for index = 1, #recipes, 2 do
    env[recipes[index]] = make(recipes[index + 1])
  end
  return env
end

-- Handles a message.
-- Returns the limit that was hit or nil, instructions used, whether the call survived, whether there is a result,
-- and its text.
function M.handle(instructions, msg, flatTags)
  if flatTags then
    msg.Tags = copyTags(flatTags)
  end
  order.forget()
  return limits.run(instructions, handle, msg, freshEnvironment())
end

-- Between messages: what nobody holds may go.
function M.settle()
  costs.forget()
  collector.between()
end

-- Checks Lua text without running it: nil when it is well, else Lua's message.
function M.check(text, name)
  local chunk, failure = rawload(text, name, "t", {})
  if chunk then
    return nil
  end
  return failure
end

-- A field, also of the tables that a metatable names as __index. No function of the program is called.
local function field(t, key)
  for _ = 1, 20 do
    if type(t) == "string" then
      t = environment.string
    end
    if type(t) ~= "table" then
      return nil
    end
    local value = rawget(t, key)
    if value ~= nil then
      return value
    end
    local metatable = getmetatable(t)
    t = metatable and rawget(metatable, "__index")
  end
  return nil
end

local looks = summary(environment, field)
M.summary, M.signature, M.handlers = looks.summary, looks.signature, looks.handlers

-- Of a table with more fields the others are only counted: to sort a million names takes two seconds.
local MOST_SORTED = 10000

-- Looks at a value: its type, a short text of it, and the names and types of its fields, sorted.
function M.inspect(path, limit)
  local value = environment
  for index = 1, #path do
    value = field(value, path[index])
    if value == nil then
      return nil
    end
  end
  local names, seen, total = {}, {}, 0
  local t = type(value) == "string" and environment.string or value
  for _ = 1, 20 do
    if type(t) ~= "table" then
      break
    end
    for key, entry in next, t do
      if type(key) == "string" and not seen[key] then
        total = total + 1
        if total <= MOST_SORTED then
          seen[key], names[total] = type(entry), key
        end
      end
    end
    local metatable = getmetatable(t)
    t = metatable and rawget(metatable, "__index")
  end
  local flat = {}
  if limit > 0 then
    sort(names)
  end
  for index = 1, #names <= limit and #names or limit do
    flat[index * 2 - 1], flat[index * 2] = names[index], seen[names[index]]
  end
  local kind = type(value)
  local text = (kind == "string" or kind == "number" or kind == "boolean") and tostring(value) or ""
  return kind, text, type(value) == "table" and rawlen(value) or 0, total, flat
end

-- The length of a table's array part, 0 for anything else.
function M.length(path)
  local value = environment
  for index = 1, #path do
    value = field(value, path[index])
  end
  return type(value) == "table" and rawlen(value) or 0
end

-- Entries first..last of an array, as plain data without functions. Depth is bounded, and so is the number of fields of
-- all tables in an entry together: tables that share parts would else be copied without end.
local MAX_DEPTH, MAX_FIELDS = 6, 1000

local function plain(value, depth, left)
  local kind = type(value)
  if kind == "string" or kind == "number" or kind == "boolean" then
    return value
  end
  if kind ~= "table" or depth > MAX_DEPTH then
    return nil
  end
  local result = {}
  for key, entry in next, value do
    if left.fields <= 0 then
      break
    end
    if type(key) == "string" or type(key) == "number" then
      left.fields = left.fields - 1
      result[key] = plain(entry, depth + 1, left)
    end
  end
  return result
end

function M.read(path, first, last)
  local value = environment
  for index = 1, #path do
    value = field(value, path[index])
  end
  local result = {}
  if type(value) == "table" then
    for index = first, last do
      result[index - first + 1] = plain(rawget(value, index), 1, { fields = MAX_FIELDS })
    end
  end
  return result
end

M.looked = collector.looked

M.memory = function()
  return collector.kilobytes() * 1024
end

return M
