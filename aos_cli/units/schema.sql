-- The store of a node. Ids are base64url text of 43 characters, times are milliseconds since 1970.

CREATE TABLE item (
  number INTEGER PRIMARY KEY,
  id     TEXT NOT NULL UNIQUE,
  raw    BLOB NOT NULL
);

CREATE TABLE process (
  number             INTEGER PRIMARY KEY,
  id                 TEXT NOT NULL UNIQUE,
  name               TEXT NOT NULL,
  owner              TEXT NOT NULL,
  module_id          TEXT NOT NULL,
  spawned_ms         INTEGER NOT NULL,
  -- The head of the log.
  slots              INTEGER NOT NULL DEFAULT 0,
  last_assignment_id TEXT NOT NULL DEFAULT '',
  hash_chain         BLOB NOT NULL DEFAULT x'',
  timestamp_ms       INTEGER NOT NULL DEFAULT 0,
  -- Slots that have a result. They are evaluated in order, without gaps.
  evaluated          INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX process_by_name ON process (name, owner);
CREATE INDEX process_pending ON process (number) WHERE evaluated < slots;

-- A row for each slot of each log. Everything of a slot is in one row, and the rows of a log lie side by side: that is
-- what keeps the number of pages small that a transaction has to write.
CREATE TABLE slot (
  key          INTEGER PRIMARY KEY, -- number of the process * 2^32 + slot
  process      INTEGER GENERATED ALWAYS AS (key >> 32) VIRTUAL,
  slot         INTEGER GENERATED ALWAYS AS (key & 4294967295) VIRTUAL,
  message      INTEGER NOT NULL REFERENCES item (number),
  -- The signed assignment is what counts. The columns below it say again what a replay needs of it.
  assignment   BLOB NOT NULL,
  timestamp_ms INTEGER NOT NULL,
  block_height INTEGER NOT NULL,
  hash_chain   TEXT NOT NULL,
  exclude      TEXT NOT NULL,       -- names of fields that are left out, with blanks between them
  cause        INTEGER,             -- key of the slot whose outbox brought the message; NULL when it came from outside
  -- Derived: what the evaluation gave, and what became of the outbox, as JSON. NULL until then.
  result       TEXT,
  failed       INTEGER,
  instructions INTEGER,
  deliveries   TEXT
);
-- A message has one slot in a log, however often it is delivered.
CREATE UNIQUE INDEX slot_by_message ON slot (message, process);
