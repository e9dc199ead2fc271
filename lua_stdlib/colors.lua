--- The ANSI sequences that the runtime puts around what it prints.
-- Dependencies: none
-- @module .colors

return {
  red = "\27[31m",
  green = "\27[32m",
  blue = "\27[34m",
  reset = "\27[0m",
  gray = "\27[90m",
}
