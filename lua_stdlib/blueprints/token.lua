--- A token: balances, transfers, minting and burning.
-- Amounts are texts of decimal digits in the token's smallest unit, reckoned with as 256-bit integers.
--
--   Info                             name, ticker, logo, denomination and supply, as tags
--   Balance   [Recipient or Target]  the tags Balance, Ticker and Account; the sender's own without either
--   Balances                         every account's balance, as JSON
--   Total-Supply                     how much there is
--   Transfer  Recipient, Quantity    Debit-Notice to the sender, Credit-Notice to the recipient; none with a tag Cast
--   Mint      Quantity               new tokens for the process itself, at its own request only
--   Burn      Quantity               destroys tokens of the sender
--
-- Notices carry on the tags of a Transfer whose names begin with X-. Too little money is told by a Transfer-Error, a
-- Mint of somebody else by a Mint-Error; whatever is wrong with a message otherwise makes it fail.
--
-- Set Ticker, Denomination, Logo (the id of a picture), Balances or TotalSupply before you load it. Loaded again, it
-- keeps them and replaces its handlers.
--
-- Dependencies: .bint, json, Handlers, ao, Colors
-- @script token

local bint = require(".bint")(256)
local json = require("json")

Variant = "0.0.3"

-- 10000 * 10^72 is the last first supply below 2^255, where numbers of 256 bits end.
local MAX_DENOMINATION = 72
local FIRST_SUPPLY = 10000

local decimals = math.tointeger(tonumber(Denomination or 12))
assert(decimals and decimals >= 0 and decimals <= MAX_DENOMINATION,
  "Denomination must be a whole number from 0 to " .. MAX_DENOMINATION)
local firstSupply = tostring(bint.ipow(10, decimals) * FIRST_SUPPLY)

Denomination = decimals
Balances = Balances or { [ao.id] = firstSupply }
TotalSupply = TotalSupply or firstSupply
Name = Name or "Points Coin"
Ticker = Ticker or "PNTS"

local NO_NUMBER = "value cannot be represented by a bint"

--- The digits of an amount, which a program may have set as a number.
local function digitsOf(amount)
  return tostring(bint(amount))
end

local function balanceOf(address)
  return bint(Balances[address] or "0")
end

--- Whether a positive number is what its text says: beyond 256 bits it has wrapped around.
local function isExact(number, text)
  text = text:lower()
  local base = text:find("x", 1, true) and 16 or text:find("b", 1, true) and 2 or 10
  return bint.tobase(number, base) == text:match("^%+?0*[xb]?0*(%w+)$")
end

--- The amount that a tag stands for, or an error.
-- @tparam ?string text decimal, or hexadecimal and binary behind 0x and 0b
-- @tparam string tooSmall the error for what is not above 0
-- @treturn bint
local function parseQuantity(text, tooSmall)
  assert(type(text) == "string", "Quantity is required!")
  local quantity = assert(bint.fromstring(text), NO_NUMBER)
  assert(quantity > 0, tooSmall)
  assert(isExact(quantity, text), NO_NUMBER)
  return quantity
end

--- Answers a message; processes of before aos 2 cannot reply.
local function reply(msg, answer)
  if msg.reply then
    return msg.reply(answer)
  end
  answer.Target = msg.From
  return ao.send(answer)
end

local function isOnHyperBeam()
  return ao.env.Process.Tags.Variant == "ao.N.1"
end

local function tokenInfo()
  return {
    name = Name,
    ticker = Ticker,
    logo = Logo,
    denomination = tostring(Denomination),
    supply = digitsOf(TotalSupply),
  }
end

--- Makes new balances readable over HTTP, which HyperBEAM does with messages to nobody.
-- @tparam {string,...} addresses those whose balance has changed
local function publish(addresses)
  if not isOnHyperBeam() then
    return
  end
  local balances = {}
  for _, address in ipairs(addresses) do
    balances[address] = digitsOf(Balances[address])
  end
  ao.send({ device = "patch@1.0", balances = balances, ["token-info"] = tokenInfo() })
end

--- Adds the tags that a transfer hands on to those who are told of it.
local function withForwarded(msg, notice)
  for name, value in pairs(msg) do
    if name:sub(1, 2) == "X-" then
      notice[name] = value
    end
  end
  return notice
end

local function sentence(verb, quantity, preposition, address)
  return Colors.gray .. verb .. " " .. Colors.blue .. quantity .. Colors.gray .. " " .. preposition .. " "
    .. Colors.green .. address .. Colors.reset
end

local function notify(msg, recipient, quantity)
  reply(msg, withForwarded(msg, {
    Action = "Debit-Notice",
    Recipient = recipient,
    Quantity = quantity,
    Data = sentence("You transferred", quantity, "to", recipient),
  }))
  ao.send(withForwarded(msg, {
    Target = recipient,
    Action = "Credit-Notice",
    Sender = msg.From,
    Quantity = quantity,
    Data = sentence("You received", quantity, "from", msg.From),
  }))
end

local function on(name, action, handle)
  Handlers.add(name, Handlers.utils.hasMatchingTag("Action", action), handle)
end

on("info", "Info", function(msg)
  local answer = tokenInfo()
  if not isOnHyperBeam() then
    -- Wallets look the names up in title case.
    for name, value in pairs(tokenInfo()) do
      answer[name:gsub("^%l", string.upper)] = value
    end
  end
  reply(msg, answer)
end)

on("balance", "Balance", function(msg)
  -- As a field, Target is this process.
  local account = msg.Tags.Recipient or msg.Tags.Target or msg.From
  local balance = tostring(balanceOf(account))
  reply(msg, { Balance = balance, Ticker = Ticker, Account = account, Data = balance })
end)

on("balances", "Balances", function(msg)
  local balances = {}
  for address, amount in pairs(Balances) do
    balances[address] = digitsOf(amount)
  end
  -- An empty table would be an array.
  reply(msg, { Data = next(balances) and json.encode(balances) or "{}" })
end)

on("transfer", "Transfer", function(msg)
  local sender, recipient = msg.From, msg.Recipient
  assert(type(recipient) == "string", "Recipient is required!")
  local quantity = parseQuantity(msg.Quantity, "Quantity must be greater than 0")
  Balances[sender] = Balances[sender] or "0"
  Balances[recipient] = Balances[recipient] or "0"
  local held = balanceOf(sender)
  if held < quantity then
    return reply(msg, { Action = "Transfer-Error", ["Message-Id"] = msg.Id, Error = "Insufficient Balance!" })
  end
  -- One after the other: who sends to himself has what he had.
  Balances[sender] = tostring(held - quantity)
  Balances[recipient] = tostring(balanceOf(recipient) + quantity)
  if not msg.Cast then
    notify(msg, recipient, msg.Quantity)
  end
  publish({ sender, recipient })
end)

on("mint", "Mint", function(msg)
  local quantity = parseQuantity(msg.Quantity, "Quantity must be greater than zero!")
  if msg.From ~= ao.id then
    local problem = "Only the Process Id can mint new " .. Ticker .. " tokens!"
    return reply(msg, { Action = "Mint-Error", ["Message-Id"] = msg.Id, Error = problem })
  end
  local supply = bint(TotalSupply) + quantity
  assert(supply > 0, "The total supply would not fit into 256 bits")
  TotalSupply = tostring(supply)
  Balances[ao.id] = tostring(balanceOf(ao.id) + quantity)
  reply(msg, { Data = "Successfully minted " .. msg.Quantity })
  publish({ ao.id })
end)

on("totalSupply", "Total-Supply", function(msg)
  -- The answer has the action of the question: it would go on for ever.
  assert(msg.From ~= ao.id, "Cannot call Total-Supply from the same process!")
  reply(msg, { Action = "Total-Supply", Ticker = Ticker, Data = digitsOf(TotalSupply) })
end)

on("burn", "Burn", function(msg)
  local quantity = parseQuantity(msg.Quantity, "Quantity must be greater than zero!")
  local held = balanceOf(msg.From)
  assert(quantity <= held, "Quantity must be less than or equal to the current balance!")
  Balances[msg.From] = tostring(held - quantity)
  TotalSupply = tostring(bint(TotalSupply) - quantity)
  reply(msg, { Data = "Successfully burned " .. msg.Quantity })
  publish({ msg.From })
end)
