--- A small token ledger.
-- Amounts are texts of decimal digits in the token's smallest unit, kept as 256-bit integers.
--
--   Info                             replies with the tags Name (the process's), Ticker, Denomination and Supply
--   Balance   [Recipient]            replies with the tag Balance; of the sender when no Recipient is given
--   Transfer  Recipient, Quantity    Debit-Notice to the sender, Credit-Notice to the recipient
--   Mint      Quantity, [Recipient]  for the process's owner; Credit-Notice to the recipient
--
-- What cannot be done changes nothing: the sender is told by the tag Error of a Transfer-Error or Mint-Error.
-- Notices carry on the tags of a Transfer whose names begin with X-.
--
-- Dependencies: .bint, Handlers, ao
-- @script token

local bint = require(".bint")(256)

-- Globals: they outlive the message, and loading the file again keeps them.
Ticker = Ticker or "EXAMPLE"
Denomination = Denomination or 12
Supply = Supply or "0"
Balances = Balances or {}

-- 60 digits are 200 bits: no sum of as many amounts as anybody can send reaches the sign bit of 256.
local MAX_DIGITS = 60

--- The amount that a tag stands for.
-- @tparam ?string text
-- @treturn bint, or nil and what is wrong with the text
local function parseQuantity(text)
  if type(text) ~= "string" then
    return nil, "Quantity is missing"
  elseif #text > MAX_DIGITS or not text:find("^%d+$") then
    return nil, "Quantity must be a whole number of at most " .. MAX_DIGITS .. " digits"
  end
  local quantity = bint.fromstring(text)
  if bint.iszero(quantity) then
    return nil, "Quantity must be above 0"
  end
  return quantity
end

--- The address that a tag stands for.
-- @tparam ?string text
-- @treturn string, or nil and what is wrong with the text
local function parseRecipient(text)
  if type(text) ~= "string" then
    return nil, "Recipient is missing"
  elseif not text:find("^[%w_-]+$") or #text ~= 43 then
    return nil, "Recipient must be an address of 43 characters"
  end
  return text
end

local function balanceOf(address)
  return bint.fromstring(Balances[address] or "0")
end

local function setBalance(address, amount)
  -- No entry for nothing: the table holds those who hold something.
  Balances[address] = not bint.iszero(amount) and tostring(amount) or nil
end

--- Tells the sender why a message was refused.
local function refuse(msg, problem)
  msg.reply({ Action = msg.Action .. "-Error", Error = problem, ["Message-Id"] = msg.Id })
end

--- A notice with the forwarded tags of the message that caused it.
local function notice(msg, fields)
  for name, value in pairs(msg.Tags) do
    if name:sub(1, 2) == "X-" and fields[name] == nil then
      fields[name] = value
    end
  end
  return fields
end

Handlers.add("Info", "Info", function(msg)
  msg.reply({ Name = Name, Ticker = Ticker, Denomination = tostring(Denomination), Supply = Supply })
end)

Handlers.add("Balance", "Balance", function(msg)
  local address = msg.Recipient or msg.From
  local balance = Balances[address] or "0"
  msg.reply({ Action = "Balance", Account = address, Balance = balance, Ticker = Ticker, Data = balance })
end)

Handlers.add("Transfer", "Transfer", function(msg)
  local recipient, problem = parseRecipient(msg.Recipient)
  if not recipient then
    return refuse(msg, problem)
  end
  local quantity
  quantity, problem = parseQuantity(msg.Quantity)
  if not quantity then
    return refuse(msg, problem)
  end
  local held = balanceOf(msg.From)
  if held < quantity then
    return refuse(msg, ("The balance is %s, which is less than %s"):format(held, quantity))
  end
  -- One after the other: who sends to himself has what he had.
  setBalance(msg.From, held - quantity)
  setBalance(recipient, balanceOf(recipient) + quantity)
  local amount = tostring(quantity)
  msg.reply(notice(msg, { Action = "Debit-Notice", Recipient = recipient, Quantity = amount }))
  ao.send(notice(msg, { Target = recipient, Action = "Credit-Notice", Sender = msg.From, Quantity = amount }))
end)

Handlers.add("Mint", "Mint", function(msg)
  if msg.From ~= Owner then
    return refuse(msg, "Only the owner of this process can mint")
  end
  local recipient, problem = parseRecipient(msg.Recipient or msg.From)
  if not recipient then
    return refuse(msg, problem)
  end
  local quantity
  quantity, problem = parseQuantity(msg.Quantity)
  if not quantity then
    return refuse(msg, problem)
  end
  setBalance(recipient, balanceOf(recipient) + quantity)
  Supply = tostring(bint.fromstring(Supply) + quantity)
  ao.send(notice(msg, { Target = recipient, Action = "Credit-Notice", Sender = ao.id, Quantity = tostring(quantity) }))
end)
